package dev.keyhold.error;

/// One row of a published error table: what the caller is told, and with which HTTP status.
///
/// The three tables differ in the shape of the answer, which only `http` knows: [KmsError] is
/// nested under `error`, [GatewayError] is flat with a `request_id`, [IamError] has a numeric
/// `code` and a `title`.
public sealed interface ApiError permits KmsError, GatewayError, IamError {

  /// The HTTP status, 400 to 599.
  int status();

  /// The code on the wire, for example `KMS.0205`.
  String code();

  /// What the row means, in a sentence that ends with a full stop.
  String meaning();

  /// A refusal with the row's own meaning as message.
  default KmsException.Rejected rejected() {
    return new KmsException.Rejected(this, meaning());
  }

  /// A refusal that says more: which member is wrong and what would be right. `detail` must hold no
  /// secret and no more of the caller's input than a name.
  default KmsException.Rejected rejected(String detail) {
    return new KmsException.Rejected(this, meaning() + " " + detail);
  }
}
