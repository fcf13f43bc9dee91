package dev.keyhold.operation;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.RowIdentity;
import dev.keyhold.seal.SealException;
import java.util.Base64;

/// PINs that create-pin makes. Nothing of them is stored: an encrypted one is its own record, under
/// the project's KEK.
final class IssuedPins {
  /// Letters and digits that nobody takes for another: 5 bits each.
  private static final byte[] ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789".getBytes(US_ASCII);

  private static final int PLAIN_CHARACTERS = 16; // 80 bits, to be typed
  private static final int CIPHER_CHARACTERS = 32; // 160 bits, which nobody sees

  private static final int MOST_WRAPPED_CHARACTERS = 1024;

  private static final RowIdentity IDENTITY = new RowIdentity("pin", "issued");

  private final Keks keks;

  IssuedPins(Keks keks) {
    this.keks = keks;
  }

  /// A new PIN in clear.
  SecretText plain() {
    try (KeyMaterial pin = random(PLAIN_CHARACTERS)) {
      return pin.lend(bytes -> {
        char[] chars = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
          chars[i] = (char) bytes[i];
        }
        return new SecretText(chars);
      });
    }
  }

  /// A new PIN that only this server reads, for callers in `project`: Base64 of 77 bytes.
  SecretText encrypted(ProjectId project) {
    try (KeyMaterial pin = random(CIPHER_CHARACTERS)) {
      Bytes wrapped = keks.wrap(new KekScope.OfProject(project), IDENTITY, pin);
      return new SecretText(Base64.getEncoder().encodeToString(wrapped.lent()).toCharArray());
    }
  }

  /// The PIN that [#encrypted] made.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308` for any other text
  KeyMaterial open(ProjectId project, SecretText text) {
    byte[] wrapped =
        text.length() > MOST_WRAPPED_CHARACTERS
            ? new byte[0]
            : text.lend(Base64Text::decode).orElseGet(() -> new byte[0]);
    try {
      return keks.unwrap(new KekScope.OfProject(project), IDENTITY, Bytes.owning(wrapped));
    } catch (SealException _) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "A pin of pin_type CipherText must be one that create-pin issued in this project.");
    }
  }

  private static KeyMaterial random(int characters) {
    byte[] pin = Random.bytes(characters);
    for (int i = 0; i < characters; i++) {
      pin[i] = ALPHABET[pin[i] & (ALPHABET.length - 1)];
    }
    return new KeyMaterial(pin);
  }
}
