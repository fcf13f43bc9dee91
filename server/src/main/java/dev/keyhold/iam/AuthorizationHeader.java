package dev.keyhold.iam;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hex;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The `Authorization` header of a signed request, in the one form the SDKs write:
///
///     SDK-HMAC-SHA256 Access=<id>, SignedHeaders=<name>;<name>, Signature=<64 hex digits>
///
/// Source: API Gateway, "AK/SK Signing"; kinds of algorithm in [SigningAlgorithm].
///
/// @param signedHeaders lower-case names in the order of the header, none twice
/// @param signedHeadersText the same as it was received, for the canonical request
/// @param signature 32 bytes, sent as 64 lower-case hexadecimal digits
record AuthorizationHeader(
    SigningAlgorithm algorithm,
    AccessKeyId accessKey,
    List<String> signedHeaders,
    String signedHeadersText,
    Bytes signature) {
  private static final String ACCESS = "Access=";
  private static final String SIGNED_HEADERS = "SignedHeaders=";
  private static final String SIGNATURE = "Signature=";
  private static final String FIELD_END = ", ";
  private static final int SIGNATURE_CHARS = 2 * Digest.BYTES;
  private static final int MOST_SIGNED_HEADERS = 64;

  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0301`
  static AuthorizationHeader parse(String text) {
    int blank = text.indexOf(' ');
    if (blank < 0) {
      throw wrongForm();
    }
    SigningAlgorithm algorithm =
        SigningAlgorithm.named(text.substring(0, blank))
            .orElseThrow(() ->
                Refusals.malformedSignature(
                    "the algorithm is none of SDK-HMAC-SHA256, SDK-HMAC-SM3"));
    int access = blank + 1;
    int accessEnd = endOfField(text, access, ACCESS);
    int headers = accessEnd + FIELD_END.length();
    int headersEnd = endOfField(text, headers, SIGNED_HEADERS);
    int signature = headersEnd + FIELD_END.length();
    if (!text.startsWith(SIGNATURE, signature)) {
      throw wrongForm();
    }
    String signedHeaders = text.substring(headers + SIGNED_HEADERS.length(), headersEnd);
    return new AuthorizationHeader(
        algorithm,
        AccessKeyId.parse(text.substring(access + ACCESS.length(), accessEnd))
            .orElseThrow(AuthorizationHeader::wrongForm),
        names(signedHeaders),
        signedHeaders,
        checkedSignature(text.substring(signature + SIGNATURE.length())));
  }

  private static int endOfField(String text, int start, String name) {
    int end = text.startsWith(name, start) ? text.indexOf(FIELD_END, start) : -1;
    if (end < 0) {
      throw wrongForm();
    }
    return end;
  }

  private static List<String> names(String list) {
    List<String> names = new ArrayList<>(8);
    int start = 0;
    while (start <= list.length()) {
      int semicolon = list.indexOf(';', start);
      int end = semicolon < 0 ? list.length() : semicolon;
      String name = list.substring(start, end);
      // A name that is listed twice could stand for one value or for two: refused instead of
      // guessed.
      if (!isLowerCaseName(name) || names.contains(name) || names.size() == MOST_SIGNED_HEADERS) {
        throw Refusals.malformedSignature(
            "SignedHeaders must list up to 64 different header names in lower case");
      }
      names.add(name);
      start = end + 1;
    }
    return List.copyOf(names);
  }

  private static boolean isLowerCaseName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean allowed =
          (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
      if (!allowed) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  private static Bytes checkedSignature(String text) {
    return Optional.of(text)
        .filter(it -> it.length() == SIGNATURE_CHARS && !hasUpperCase(it))
        .flatMap(Hex::decode)
        .map(Bytes::owning)
        .orElseThrow(() ->
            Refusals.malformedSignature(
                "Signature must be 64 lower-case hexadecimal digits and the last field"));
  }

  private static boolean hasUpperCase(String hex) {
    for (int i = 0; i < hex.length(); i++) {
      char c = hex.charAt(i);
      if (c >= 'A' && c <= 'F') {
        return true;
      }
    }
    return false;
  }

  private static RuntimeException wrongForm() {
    return Refusals.malformedSignature(
        "Authorization must read <algorithm> Access=<id>, SignedHeaders=<names>,"
            + " Signature=<hex>");
  }
}
