package dev.keyhold.iam;

import dev.keyhold.crypto.Hex;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/// What a request's signature is computed over. Source: API Gateway, "AK/SK Signing".
///
///     canonical request = method \n path \n query \n headers \n names of the headers \n hash(body)
///     string to sign    = algorithm \n date \n hash(canonical request)
///
/// Hashes are in lower-case hexadecimal; each header is a line `name:value\n`, so that an empty line
/// comes before the names.
final class CanonicalRequest {
  /// Enough for nearly all, so that they are not copied while they grow.
  private static final int REQUEST_BYTES = 1024;

  private static final int STRING_TO_SIGN_BYTES = 128;

  private CanonicalRequest() {}

  /// @param authorization says which headers are signed; all else is taken from the request
  /// @param date the value of `X-Sdk-Date`
  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0301` when a signed header is absent,
  ///   or when the request claims another hash of its body than the real one
  static byte[] stringToSign(
      AuthorizationHeader authorization, String date, RequestHead head, byte[] body) {
    SigningAlgorithm algorithm = authorization.algorithm();
    byte[] bodyHash = Hex.lower(algorithm.digest().digest(body));
    checkClaimedBodyHash(head.headers(algorithm.bodyHashHeader()), bodyHash);
    ByteText request = build(authorization, head, bodyHash);
    var text = new ByteText(STRING_TO_SIGN_BYTES);
    text.add(algorithm.wireName());
    text.add('\n');
    text.add(date);
    text.add('\n');
    text.addHex(algorithm.digest().digest(request.lent(), 0, request.length()));
    return text.copy();
  }

  private static ByteText build(
      AuthorizationHeader authorization, RequestHead head, byte[] bodyHash) {
    var text = new ByteText(REQUEST_BYTES);
    text.add(head.method());
    text.add('\n');
    CanonicalUri.addPath(head.rawPath(), text);
    text.add('\n');
    CanonicalUri.addQuery(head.rawQuery(), text);
    text.add('\n');
    for (String name : authorization.signedHeaders()) {
      addHeader(name, head.headers(name), text);
    }
    text.add('\n');
    text.add(authorization.signedHeadersText());
    text.add('\n');
    text.add(bodyHash);
    return text;
  }

  /// A repeated header makes one line for each value, in the order of the values: the order on the
  /// wire is not covered, how many there are is.
  private static void addHeader(String name, List<String> values, ByteText text) {
    if (values.isEmpty()) {
      throw Refusals.malformedSignature("the signed header " + name + " is absent");
    }
    List<String> sorted = values.size() == 1 ? values : values.stream().sorted().toList();
    for (String value : sorted) {
      text.add(name);
      text.add(':');
      text.add(value.strip());
      text.add('\n');
    }
  }

  /// The claimed hash would replace the real one for the cloud; here it may only repeat it. So
  /// `UNSIGNED-PAYLOAD` is refused, and no body goes unsigned.
  private static void checkClaimedBodyHash(List<String> claims, byte[] bodyHash) {
    for (String claim : claims) {
      if (!MessageDigest.isEqual(claim.getBytes(StandardCharsets.ISO_8859_1), bodyHash)) {
        throw Refusals.malformedSignature(
            "the hash of the body is not the one that the request claims");
      }
    }
  }
}
