package dev.keyhold.operation;

import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hex;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.envelope.CallerContext;
import dev.keyhold.envelope.Purpose;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyReference;
import dev.keyhold.key.KeySpec;
import dev.keyhold.keyring.KeyGenerator;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.Use;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;

/// Data keys: encrypt-datakey, decrypt-datakey, create-datakey, create-datakey-without-plaintext.
/// Source: DEW API Reference, "Data Key Management". Where we differ: docs/compatibility.md.
///
/// Nothing here waits when the key is in the keyring and there is no PIN, so these run on the event
/// loop.
public final class DataKeys {
  private static final int DIGEST_BYTES = 32;
  private static final int MOST_DATAKEY_BYTES = 1024;
  private static final int LEAST_DATAKEY_BITS = 8;
  private static final int MOST_DATAKEY_BITS = 8192;
  private static final int DEFAULT_DATAKEY_BITS = 256;

  /// @param plainText hex of the DEK followed by its 32-byte digest: SHA-256 under an AES CMK, SM3
  ///   under an SM4 one
  /// @param datakeyPlainLength the DEK's length in bytes, 1 to 1024
  /// @param additionalAuthenticatedData at most 128 bytes of UTF-8; authenticated, not stored
  /// @param encryptionContext instead of it, the older form
  /// @param keySpec `SM2` or `RSA`: the DEK is such a private key, in PKCS#8 DER of up to 4096
  ///   bytes; level-4 scenario only, as `pin` and `pinType` are (docs/level-4.md)
  public record EncryptRequest(
      String keyId,
      SecretText plainText,
      WireNumber datakeyPlainLength,
      Optional<String> additionalAuthenticatedData,
      Optional<WireContext> encryptionContext,
      Optional<SecretText> pin,
      Optional<String> pinType,
      Optional<String> keySpec,
      Optional<String> sequence)
      implements AutoCloseable {
    public EncryptRequest {
      Require.member("key_id", keyId);
      Require.member("plain_text", plainText);
      Require.member("datakey_plain_length", datakeyPlainLength);
    }

    @Override
    public void close() {
      plainText.close();
      pin.ifPresent(SecretText::close);
    }
  }

  /// @param datakeyLength the DEK's length in bytes
  public record EncryptResponse(String keyId, HexText cipherText, String datakeyLength) {}

  /// @param cipherText hex of an [Envelope], around a data key or the private key of a data key
  ///   pair
  /// @param datakeyCipherLength 1 to 1024, in the level-4 scenario to 4096. By its documentation
  ///   the DEK's length in bytes; the vendor's encryption SDK sends 32 whatever the length, so it
  ///   is checked and not compared
  public record DecryptRequest(
      String keyId,
      String cipherText,
      WireNumber datakeyCipherLength,
      Optional<String> additionalAuthenticatedData,
      Optional<WireContext> encryptionContext,
      Optional<SecretText> pin,
      Optional<String> pinType,
      Optional<String> sequence)
      implements AutoCloseable {
    public DecryptRequest {
      Require.member("key_id", keyId);
      Require.member("cipher_text", cipherText);
      Require.member("datakey_cipher_length", datakeyCipherLength);
    }

    @Override
    public void close() {
      pin.ifPresent(SecretText::close);
    }
  }

  /// @param datakeyDgst SHA-256 of the DEK, SM3 under an SM4 CMK
  public record DecryptResponse(HexText dataKey, String datakeyLength, HexText datakeyDgst)
      implements AutoCloseable {
    @Override
    public void close() {
      dataKey.close();
    }
  }

  /// @param keySpec the kind of DEK, which gives its length
  /// @param datakeyLength its length in bits, a multiple of 8 from 8 to 8192; wins over `keySpec`
  public record CreateRequest(
      String keyId,
      Optional<String> keySpec,
      Optional<WireNumber> datakeyLength,
      Optional<String> additionalAuthenticatedData,
      Optional<WireContext> encryptionContext,
      Optional<SecretText> pin,
      Optional<String> pinType,
      Optional<String> sequence)
      implements AutoCloseable {
    public CreateRequest {
      Require.member("key_id", keyId);
    }

    @Override
    public void close() {
      pin.ifPresent(SecretText::close);
    }
  }

  public record CreateResponse(String keyId, HexText plainText, HexText cipherText)
      implements AutoCloseable {
    @Override
    public void close() {
      plainText.close();
    }
  }

  public record CreateWithoutPlaintextResponse(String keyId, HexText cipherText) {}

  private final KeyReferences references;
  private final KeyAccess access;
  private final Level4 level4;
  private final KeyGenerator generator;

  /// @param generator looks at callers' own private keys
  public DataKeys(
      KeyReferences references, KeyAccess access, Level4 level4, KeyGenerator generator) {
    this.references = references;
    this.access = access;
    this.level4 = level4;
    this.generator = generator;
  }

  public EncryptResponse encrypt(Caller caller, EncryptRequest request) {
    KeyReference reference = KeyReference.parse(request.keyId());
    Wire.checkSequence(request.sequence());
    CallerContext context =
        Wire.context(request.additionalAuthenticatedData(), request.encryptionContext());
    level4.checkPin(request.pin(), request.pinType());
    Optional<PrivateKeyKind> privateKey = level4.privateKeyKind(request.keySpec());
    int length =
        Wire.number(
            request.datakeyPlainLength(),
            "datakey_plain_length",
            1,
            Level4.mostWrappedBytes(privateKey, MOST_DATAKEY_BYTES),
            KmsError.INVALID_DATAKEY_PLAIN_LENGTH);
    byte[] datakeyAndDigest = datakeyAndDigest(request.plainText(), length);
    try {
      // Before the key is looked at: the API tells a wrong digest before an unknown key.
      Digest given = givenDigest(datakeyAndDigest, length);
      KeyId keyId = references.permitted(caller, Action.CRYPTO_DATAKEY, reference);

      try (Pin pin = level4.pin(caller, request.pin(), request.pinType());
          OpenKey key = access.open(caller, keyId, Use.WRAP, GrantOperation.ENCRYPT_DATAKEY)) {
        if (given != digest(key)) {
          throw KmsError.DATAKEY_DIGEST_MISMATCH.rejected(
              "plain_text must end in the " + digest(key) + " digest of the data key.");
        }
        privateKey.ifPresent(kind -> requirePrivateKey(kind, datakeyAndDigest, length));
        Purpose purpose = privateKey.map(PrivateKeyKind::purpose).orElse(Purpose.DATAKEY);
        byte[] container = level4.seal(key, purpose, context, pin, datakeyAndDigest, 0, length);
        return new EncryptResponse(keyId.text(), new HexText(container), Integer.toString(length));
      }
    } finally {
      Arrays.fill(datakeyAndDigest, (byte) 0);
    }
  }

  public DecryptResponse decrypt(Caller caller, DecryptRequest request) {
    KeyReference reference = KeyReference.parse(request.keyId());
    Wire.checkSequence(request.sequence());
    CallerContext context =
        Wire.context(request.additionalAuthenticatedData(), request.encryptionContext());
    level4.checkPin(request.pin(), request.pinType());
    Wire.number(
        request.datakeyCipherLength(),
        "datakey_cipher_length",
        1,
        level4.mostWrappedBytes(MOST_DATAKEY_BYTES),
        KmsError.INVALID_DATAKEY_CIPHER_LENGTH);
    byte[] container =
        Hex.decode(request.cipherText())
            .orElseThrow(
                () -> KmsError.INVALID_CIPHERTEXT.rejected("cipher_text must be hexadecimal."));

    KeyId keyId = references.permitted(caller, Action.CRYPTO_DATAKEY, reference);

    try (Pin pin = level4.pin(caller, request.pin(), request.pinType());
        OpenKey key = access.open(caller, keyId, Use.WRAP, GrantOperation.DECRYPT_DATAKEY);
        KeyMaterial datakey =
            level4
                .openWrappedKey(caller, key, container, context, pin)
                .map(Containers.Content::plaintext)
                .orElseThrow(KmsError.INVALID_CIPHERTEXT::rejected)) {
      return datakey.lend(bytes ->
          new DecryptResponse(
              new HexText(bytes.clone()),
              Integer.toString(bytes.length),
              new HexText(digest(key).digest(bytes, 0, bytes.length))));
    }
  }

  public CreateResponse create(Caller caller, CreateRequest request) {
    return create(
        caller,
        request,
        GrantOperation.CREATE_DATAKEY,
        (keyId, datakey, container) ->
            new CreateResponse(keyId, new HexText(datakey.clone()), new HexText(container)));
  }

  public CreateWithoutPlaintextResponse createWithoutPlaintext(
      Caller caller, CreateRequest request) {
    return create(
        caller,
        request,
        GrantOperation.CREATE_DATAKEY_WITHOUT_PLAINTEXT,
        (keyId, _, container) -> new CreateWithoutPlaintextResponse(keyId, new HexText(container)));
  }

  private interface Created<A> {
    A answer(String keyId, byte[] datakey, byte[] container);
  }

  private <A> A create(
      Caller caller, CreateRequest request, GrantOperation operation, Created<A> answer) {
    KeyReference reference = KeyReference.parse(request.keyId());
    Wire.checkSequence(request.sequence());
    CallerContext context =
        Wire.context(request.additionalAuthenticatedData(), request.encryptionContext());
    level4.checkPin(request.pin(), request.pinType());
    int bits = datakeyBits(request);

    KeyId keyId = references.permitted(caller, Action.CREATE_DATAKEY, reference);

    byte[] datakey = new byte[bits / 8];
    try (Pin pin = level4.pin(caller, request.pin(), request.pinType());
        OpenKey key = access.open(caller, keyId, Use.WRAP, operation)) {
      Random.fill(datakey, 0, datakey.length);
      byte[] container =
          level4.seal(key, Purpose.DATAKEY, context, pin, datakey, 0, datakey.length);
      return answer.answer(keyId.text(), datakey, container);
    } finally {
      Arrays.fill(datakey, (byte) 0);
    }
  }

  private static int datakeyBits(CreateRequest request) {
    Optional<Integer> ofSpec = Wire.given(request.keySpec()).map(DataKeys::bitsOfSpec);
    Optional<WireNumber> length = Wire.givenNumber(request.datakeyLength());
    if (length.isEmpty()) {
      return ofSpec.orElse(DEFAULT_DATAKEY_BITS);
    }
    int bits =
        Wire.number(
            length.get(),
            "datakey_length",
            LEAST_DATAKEY_BITS,
            MOST_DATAKEY_BITS,
            KmsError.INVALID_DATAKEY_LENGTH);
    if (bits % 8 != 0) {
      throw KmsError.DATAKEY_LENGTH_NOT_BYTES.rejected("datakey_length is in bits.");
    }
    return bits;
  }

  private static int bitsOfSpec(String spec) {
    return switch (spec) {
      case "AES_256", "HMAC_256", "HMAC_SM3" -> 256;
      case "AES_128", "SM4" -> 128;
      case "HMAC_384" -> 384;
      case "HMAC_512" -> 512;
      default ->
          throw KmsError.INVALID_DATAKEY_SPEC.rejected(
              "key_spec must be one of AES_256, AES_128, SM4, HMAC_256, HMAC_384, HMAC_512,"
                  + " HMAC_SM3.");
    };
  }

  private static byte[] datakeyAndDigest(SecretText plainText, int length) {
    byte[] decoded =
        plainText
            .lend(Hex::decode)
            .orElseThrow(() ->
                KmsError.INVALID_PLAIN_TEXT.rejected(
                    "plain_text must be hexadecimal: the data key, then its digest of 32"
                        + " bytes."));
    if (decoded.length != length + DIGEST_BYTES) {
      Arrays.fill(decoded, (byte) 0);
      throw KmsError.PLAIN_TEXT_LENGTH_MISMATCH.rejected(
          "plain_text must have 2 x (datakey_plain_length + 32) characters.");
    }
    return decoded;
  }

  /// Which of the two digests stands behind the data key.
  private static Digest givenDigest(byte[] datakeyAndDigest, int length) {
    byte[] given = Arrays.copyOfRange(datakeyAndDigest, length, length + DIGEST_BYTES);
    if (MessageDigest.isEqual(Digest.SHA_256.digest(datakeyAndDigest, 0, length), given)) {
      return Digest.SHA_256;
    }
    if (MessageDigest.isEqual(Digest.SM3.digest(datakeyAndDigest, 0, length), given)) {
      return Digest.SM3;
    }
    throw KmsError.DATAKEY_DIGEST_MISMATCH.rejected(
        "plain_text must end in the SHA-256 digest of the data key, or the SM3 digest under an SM4"
            + " key.");
  }

  private void requirePrivateKey(PrivateKeyKind kind, byte[] datakeyAndDigest, int length) {
    try (var pkcs8 = new KeyMaterial(Arrays.copyOf(datakeyAndDigest, length))) {
      kind.require(pkcs8, generator);
    }
  }

  /// The digest that goes with the suite of the CMK.
  private static Digest digest(OpenKey key) {
    return key.cmk().spec() == KeySpec.SM4 ? Digest.SM3 : Digest.SHA_256;
  }
}
