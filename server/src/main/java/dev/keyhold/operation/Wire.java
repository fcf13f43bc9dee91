package dev.keyhold.operation;

import dev.keyhold.envelope.CallerContext;
import dev.keyhold.error.ApiError;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.KeyId;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Checks that many requests share. Each names the member and says what would be right.
final class Wire {
  private static final byte[] NONE = {};

  private Wire() {}

  /// A member that callers also send empty to say nothing, as the API's samples do.
  static Optional<String> given(Optional<String> member) {
    return member.filter(text -> !text.isEmpty());
  }

  static Optional<WireNumber> givenNumber(Optional<WireNumber> member) {
    return member.filter(number -> !number.text().isEmpty());
  }

  static Optional<SecretText> givenSecret(Optional<SecretText> member) {
    return member.filter(text -> text.length() > 0);
  }

  /// The key and the serial number that many requests begin with.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0205`, or as [#checkSequence]
  static KeyId keyId(String keyId, Optional<String> sequence) {
    KeyId key = KeyId.parse(keyId);
    checkSequence(sequence);
    return key;
  }

  /// The serial number of a request: 36 characters in the form of a UUID, checked and not used.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0206`
  static void checkSequence(Optional<String> sequence) {
    if (sequence.isPresent() && !sequence.get().isEmpty() && !isSerial(sequence.get())) {
      throw KmsError.INVALID_SEQUENCE.rejected(
          "sequence must have 36 characters in the form of a UUID, such as"
              + " 919c82d4-8046-4722-9094-35c3c6524cff.");
    }
  }

  private static boolean isSerial(String text) {
    // Asked first: in lower case some letters of other alphabets become ours, the Kelvin sign a k.
    return text.chars().allMatch(c -> c < 0x80)
        && KeyId.isWellFormed(text.toLowerCase(Locale.ROOT));
  }

  /// A decimal number of 1 to 9 digits between `least` and `most`.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `error`, naming `member` and the bounds
  static int number(WireNumber number, String member, int least, int most, ApiError error) {
    int value = digits(number.text());
    if (value < least || value > most) {
      throw error.rejected(member + " must be a whole number from " + least + " to " + most + ".");
    }
    return value;
  }

  /// The bytes of a Base64 member, 1 to `most`.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `error`, naming `member` and the bounds
  static byte[] base64(SecretText text, String member, int most, ApiError error) {
    Optional<byte[]> decoded =
        text.length() > Math.ceilDiv(most, 3) * 4
            ? Optional.empty()
            : text.lend(Base64Text::decode);
    byte[] bytes = decoded.orElse(NONE);
    if (bytes.length == 0 || bytes.length > most) {
      Arrays.fill(bytes, (byte) 0);
      throw error.rejected(member + " must be Base64 of 1 to " + most + " bytes.");
    }
    return bytes;
  }

  /// What the caller must say again to decrypt, in one of its two forms.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0208` for what is no map of strings,
  ///   `KMS.0308` for both, or what [CallerContext] refuses
  static CallerContext context(Optional<String> aad, Optional<WireContext> encryptionContext) {
    Optional<String> text = given(aad);
    Optional<Map<String, String>> pairs =
        encryptionContext.map(Wire::pairs).filter(map -> !map.isEmpty());
    if (text.isPresent() && pairs.isPresent()) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "additional_authenticated_data and encryption_context exclude each other.");
    }
    return text.<CallerContext>map(CallerContext.Text::new)
        .or(() -> pairs.map(CallerContext.Pairs::of))
        .orElse(CallerContext.NONE);
  }

  private static Map<String, String> pairs(WireContext context) {
    return context
        .pairs()
        .orElseThrow(() ->
            KmsError.INVALID_ENCRYPTION_CONTEXT.rejected(
                "encryption_context must be a JSON object whose values are strings."));
  }

  /// @return -1 unless `text` is 1 to 9 decimal digits
  private static int digits(String text) {
    if (text.isEmpty() || text.length() > 9) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    return value;
  }
}
