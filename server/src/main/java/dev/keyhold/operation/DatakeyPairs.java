package dev.keyhold.operation;

import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.envelope.CallerContext;
import dev.keyhold.envelope.Purpose;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyReference;
import dev.keyhold.keyring.KeyGenerator;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.Material;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.Use;
import java.util.Map;
import java.util.Optional;

/// Key pairs for callers, whose private half is wrapped like a data key: create-ec-datakey-pair,
/// create-rsa-datakey-pair. Source: DEW API Reference, "Creating an EC/RSA Data Key Pair". The
/// encodings, which it does not tell, are in docs/compatibility.md.
///
/// decrypt-datakey opens the private key again.
public final class DatakeyPairs {
  private static final Map<String, KeyPairSpec> EC_SPECS =
      Map.of(
          "ECC_NIST_P256", KeyPairSpec.EC_P256,
          "ECC_NIST_P384", KeyPairSpec.EC_P384,
          "ECC_NIST_P521", KeyPairSpec.EC_P521,
          "ECC_SECG_P256K1", KeyPairSpec.SECP256K1,
          "SM2", KeyPairSpec.SM2);
  private static final Map<String, KeyPairSpec> RSA_SPECS =
      Map.of(
          "RSA_2048", KeyPairSpec.RSA_2048,
          "RSA_3072", KeyPairSpec.RSA_3072,
          "RSA_4096", KeyPairSpec.RSA_4096);

  /// @param keyId a symmetric CMK, which wraps the private key
  /// @param keySpec `ECC_NIST_P256`, `ECC_NIST_P384`, `ECC_NIST_P521`, `ECC_SECG_P256K1`, `SM2`, or
  ///   `RSA_2048`, `RSA_3072`, `RSA_4096`
  /// @param pin for EC pairs, in the level-4 scenario only (docs/level-4.md)
  /// @param withPlainText whether to tell the private key too, default true
  public record Request(
      String keyId,
      String keySpec,
      Optional<Boolean> withPlainText,
      Optional<String> additionalAuthenticatedData,
      Optional<WireContext> encryptionContext,
      Optional<Enclave> recipient,
      Optional<SecretText> pin,
      Optional<String> pinType,
      Optional<String> sequence)
      implements AutoCloseable {
    public Request {
      Require.member("key_id", keyId);
      Require.member("key_spec", keySpec);
    }

    @Override
    public void close() {
      pin.ifPresent(SecretText::close);
    }
  }

  /// @param publicKey SPKI DER
  /// @param privateKeyCipherText an [dev.keyhold.envelope.Envelope] around the private key
  /// @param privateKeyPlainText PKCS#8 DER
  public record Response(
      String keyId,
      String keySpec,
      Base64Text publicKey,
      HexText privateKeyCipherText,
      Optional<Base64Text> privateKeyPlainText)
      implements AutoCloseable {
    @Override
    public void close() {
      privateKeyPlainText.ifPresent(Base64Text::close);
    }
  }

  private final KeyReferences references;
  private final Keyring keyring;
  private final KeyGenerator generator;
  private final Level4 level4;

  public DatakeyPairs(
      KeyReferences references, Keyring keyring, KeyGenerator generator, Level4 level4) {
    this.references = references;
    this.keyring = keyring;
    this.generator = generator;
    this.level4 = level4;
  }

  public Response createEc(Caller caller, Request request) {
    return create(
        caller,
        request,
        EC_SPECS,
        "ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, SM2");
  }

  public Response createRsa(Caller caller, Request request) {
    if (Level4.isGiven(request.pin(), request.pinType())) {
      throw KmsError.INVALID_PARAMETER.rejected("RSA pairs take no pin and pin_type.");
    }
    return create(caller, request, RSA_SPECS, "RSA_2048, RSA_3072, RSA_4096");
  }

  private Response create(
      Caller caller, Request request, Map<String, KeyPairSpec> specs, String names) {
    KeyReference reference = KeyReference.parse(request.keyId());
    Wire.checkSequence(request.sequence());
    CallerContext context =
        Wire.context(request.additionalAuthenticatedData(), request.encryptionContext());
    level4.checkPin(request.pin(), request.pinType());
    Enclave.refuse(request.recipient());
    KeyPairSpec spec =
        Optional.ofNullable(specs.get(request.keySpec()))
            .orElseThrow(() ->
                KmsError.INVALID_DATAKEY_SPEC.rejected("key_spec must be one of " + names + "."));

    KeyId keyId = references.permitted(caller, Action.CREATE_DATAKEY, reference);

    try (Pin pin = level4.pin(caller, request.pin(), request.pinType());
        OpenKey key = keyring.open(caller.project(), keyId, Use.WRAP);
        Material.Pair made = generator.pair(spec)) {
      var pair = made.pair();
      return pair.privateKey()
          .lend(privateKey ->
              new Response(
                  keyId.text(),
                  request.keySpec(),
                  new Base64Text(pair.publicKey().lent()),
                  new HexText(
                      level4.seal(
                          key,
                          Purpose.PRIVATE_KEY,
                          context,
                          pin,
                          privateKey,
                          0,
                          privateKey.length)),
                  request.withPlainText().orElse(true)
                      ? Optional.of(new Base64Text(privateKey.clone()))
                      : Optional.empty()));
    }
  }
}
