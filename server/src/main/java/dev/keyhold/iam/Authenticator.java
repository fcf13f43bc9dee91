package dev.keyhold.iam;

import java.util.List;

/// Establishes who sent a request.
///
/// A request with an `Authorization` header stands or falls by its signature, even when it carries
/// a token too (the official SDK can send both). Without one it needs a token. No other header says
/// anything about who calls.
public final class Authenticator {
  private final Tokens tokens;
  private final RequestSignature signature;

  public Authenticator(Tokens tokens, RequestSignature signature) {
    this.tokens = tokens;
    this.signature = signature;
  }

  /// May call [dev.keyhold.error.Blocking#ahead].
  ///
  /// @param body as received, empty when there is none; a signature covers it
  /// @throws dev.keyhold.error.KmsException.Rejected a [dev.keyhold.error.GatewayError] of status
  ///   401
  public Principal authenticate(RequestHead head, byte[] body) {
    if (head.header("authorization").isPresent()) {
      return signature.verify(head, body);
    }
    List<String> texts = head.headers("x-auth-token");
    if (texts.size() != 1) {
      throw Refusals.badToken();
    }
    Tokens.Verified verified = tokens.verify(texts.getFirst());
    User user = verified.user();
    return new Principal(
        user.id(),
        user.name().text(),
        user.domain(),
        verified.token().scope(),
        Principal.Method.TOKEN);
  }
}
