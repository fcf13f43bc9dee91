package dev.keyhold.keyring;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.RowIdentity;
import dev.keyhold.seal.SealException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/// What the caller of get-parameters-for-import brings back with the material. It holds all that
/// the import needs, sealed, so that nothing has to be remembered here:
///
///     offset  bytes
///          0      2  00 00
///          2      2  n, LE16: how many bytes follow
///          4     36  key id, ASCII
///         40   n-36  sealed under the project's KEK, bound to the key (see `seal.Keks`):
///                      1  number of the wrapping algorithm
///                      8  when the token expires, LE64, milliseconds since 1970
///                      .  the private half of the wrapping pair, PKCS#8 DER
///
/// @param privateKey closed with the token
record ImportToken(WrappingAlgorithm algorithm, Instant expiresAt, KeyMaterial privateKey)
    implements AutoCloseable {
  private static final int HEADER_BYTES = 4;
  private static final int SEALED_OFFSET = HEADER_BYTES + KeyId.LENGTH;
  private static final int PRIVATE_KEY_OFFSET = 1 + Long.BYTES;

  Bytes seal(Keks keks, ProjectId project, KeyId key) {
    byte[] clear =
        privateKey.lend(pkcs8 ->
            ByteBuffer.allocate(PRIVATE_KEY_OFFSET + pkcs8.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(algorithm.number())
                .putLong(expiresAt.toEpochMilli())
                .put(pkcs8)
                .array());
    try (var secret = new KeyMaterial(clear)) {
      byte[] sealed = keks.wrap(new KekScope.OfProject(project), identity(key), secret).lent();
      return Bytes.owning(
          ByteBuffer.allocate(SEALED_OFFSET + sealed.length)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putShort((short) 0)
              .putShort((short) (KeyId.LENGTH + sealed.length))
              .put(key.text().getBytes(StandardCharsets.US_ASCII))
              .put(sealed)
              .array());
    }
  }

  /// Opens a token that was sealed for this project and key and has not expired.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.2605` when it was not made here for this
  ///   project, `KMS.2603` when it is another key's, `KMS.2601` when it has expired
  static ImportToken open(Keks keks, ProjectId project, KeyId key, byte[] token, Instant now) {
    KeyId named = keyId(token);
    byte[] sealed = Arrays.copyOfRange(token, SEALED_OFFSET, token.length);
    ImportToken opened;
    try (KeyMaterial clear =
        keks.unwrap(new KekScope.OfProject(project), identity(named), Bytes.owning(sealed))) {
      opened = clear.lend(ImportToken::decode);
    } catch (SealException _) {
      throw invalid();
    }
    if (!named.equals(key)) {
      opened.close();
      throw KmsError.IMPORT_TOKEN_OF_ANOTHER_KEY.rejected();
    }
    if (!opened.expiresAt().isAfter(now)) {
      opened.close();
      throw KmsError.IMPORT_TOKEN_EXPIRED.rejected("Get new parameters for import.");
    }
    return opened;
  }

  private static KeyId keyId(byte[] token) {
    if (token.length <= SEALED_OFFSET) {
      throw invalid();
    }
    var header = ByteBuffer.wrap(token).order(ByteOrder.LITTLE_ENDIAN);
    if (header.getShort() != 0
        || Short.toUnsignedInt(header.getShort()) != token.length - HEADER_BYTES) {
      throw invalid();
    }
    String text = new String(token, HEADER_BYTES, KeyId.LENGTH, StandardCharsets.ISO_8859_1);
    if (!KeyId.isWellFormed(text)) {
      throw invalid();
    }
    return new KeyId(text);
  }

  /// Reads what an AEAD has vouched for.
  private static ImportToken decode(byte[] clear) {
    var in = ByteBuffer.wrap(clear).order(ByteOrder.LITTLE_ENDIAN);
    return new ImportToken(
        WrappingAlgorithm.numbered(in.get()).orElseThrow(ImportToken::invalid),
        Instant.ofEpochMilli(in.getLong()),
        new KeyMaterial(Arrays.copyOfRange(clear, PRIVATE_KEY_OFFSET, clear.length)));
  }

  private static RowIdentity identity(KeyId key) {
    return new RowIdentity("import_token", key.text());
  }

  private static RuntimeException invalid() {
    return KmsError.INVALID_IMPORT_TOKEN.rejected();
  }

  @Override
  public void close() {
    privateKey.close();
  }
}
