package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.EncodedKeyPair;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.crypto.KeyPairs;
import dev.keyhold.crypto.KeyWrap;
import dev.keyhold.crypto.Random;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.keyring.Imports.Delivery;
import dev.keyhold.keyring.Imports.Parameters;
import dev.keyhold.operation.KeyImport;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ImportsTest extends ImportFixture {
  @ParameterizedTest
  @EnumSource
  void secretImportedUnderEveryAlgorithmIsTheKey(WrappingAlgorithm algorithm) {
    KeyId id = keys.external(KeySpec.AES_256);
    byte[] secret = Random.bytes(32);
    Parameters parameters =
        keys.imports.parameters(keys.project, id, ImportType.EXISTING, algorithm);

    Cmk imported =
        keys.imports.importMaterial(
            keys.project, id, delivery(parameters, wrap(algorithm, parameters, secret)));

    assertThat(imported.state()).isEqualTo(new KeyState.Enabled());
    assertThat(material(id)).isEqualTo(secret);
    int tokenChars = (parameters.token().length() + 2) / 3 * 4;
    assertThat(tokenChars).isBetween(200, 6144);
  }

  @ParameterizedTest
  @EnumSource(names = {"SM4", "HMAC_256", "HMAC_384", "HMAC_512", "HMAC_SM3"})
  void secretsOfEverySpecAreImportedAndOfNoOtherLength(KeySpec spec) {
    KeyId id = keys.external(spec);
    for (int wrong : new int[] {1, spec.materialBytes() - 1, spec.materialBytes() + 1}) {
      rejected(KmsError.MATERIAL_LENGTH, () -> importSecret(id, Random.bytes(wrong)));
    }
    byte[] secret = Random.bytes(spec.materialBytes());

    importSecret(id, secret);

    assertThat(material(id)).isEqualTo(secret);
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, AES_KWP, 32",
    "RSA_3072, AES_KWP, 32",
    "RSA_4096, AES_KWP, 32",
    "EC_P256, AES_KWP, 16",
    "EC_P384, AES_KWP, 32",
    "SECP256K1, AES_KWP, 32",
    "ED25519, AES_KWP, 32",
    "ML_DSA_44, AES_KWP, 32",
    "ML_DSA_65, AES_KWP, 32",
    "ML_DSA_87, AES_KWP, 32",
    "SM2, SM4_KWP, 16",
    "SM2, AES_KWP, 32",
  })
  void privateKeyImportedUnderATemporaryKeyIsTheKey(
      KeySpec spec, KeyWrap keyWrap, int temporaryKeyBytes) {
    KeyId id = keys.external(spec);
    try (EncodedKeyPair pair = KeyPairs.generate(KeyPairSpec.valueOf(spec.name()))) {
      importPair(id, keyWrap, Random.bytes(temporaryKeyBytes), pair.privateKey());

      try (Material.Pair stored =
          (Material.Pair) keys.vault.material(keys.load(id), 0).orElseThrow()) {
        assertThat(stored.pair().publicKey()).isEqualTo(pair.publicKey());
      }
      try (OpenKey open = keys.keyring.open(keys.project, id, Use.TELL_PUBLIC_KEY)) {
        assertThat(((OpenMaterial.Pair) open.current()).publicKey()).isEqualTo(pair.publicKey());
      }
    }
  }

  /// In the forms of RFC 9881: the seed, the key expanded of it, both.
  @ParameterizedTest
  @EnumSource(names = {"ML_DSA_44", "ML_DSA_65", "ML_DSA_87"})
  void privateKeyOfMlDsaIsImportedInAllItsForms(KeySpec spec) throws Exception {
    byte[] seed = Random.bytes(32);
    var key = new MLDSAPrivateKeyParameters(mlDsa(spec), seed);
    var wrapped = new DEROctetString(key.getEncoded());
    var imports = new KeyImport(new Authorizer(), keys.imports, keys.clock);
    var publicKeys = new HashSet<Bytes>();
    for (ASN1Encodable form :
        List.of(
            new DERTaggedObject(false, 0, new DEROctetString(seed)),
            wrapped,
            new DERSequence(new ASN1Encodable[] {new DEROctetString(seed), wrapped}))) {
      KeyId id = keys.external(spec);
      byte[] temporaryKey = Random.bytes(32);
      Parameters parameters = keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK);
      try (var pkcs8 =
          new KeyMaterial(new PrivateKeyInfo(mlDsaIdentifier(spec), form).getEncoded("DER"))) {
        imports.importMaterial(
            caller(),
            new KeyImport.ImportRequest(
                id.text(),
                base64(parameters.token()),
                base64(wrap(QUICK, parameters, temporaryKey)),
                Optional.of(base64(KeyWrap.AES_KWP.wrap(new KeyMaterial(temporaryKey), pkcs8))),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
      }
      try (OpenKey open = keys.keyring.open(keys.project, id, Use.TELL_PUBLIC_KEY)) {
        publicKeys.add(((OpenMaterial.Pair) open.current()).publicKey());
      }
    }
    assertThat(publicKeys).hasSize(1);
  }

  private static MLDSAParameters mlDsa(KeySpec spec) {
    return switch (spec) {
      case ML_DSA_44 -> MLDSAParameters.ml_dsa_44;
      case ML_DSA_65 -> MLDSAParameters.ml_dsa_65;
      default -> MLDSAParameters.ml_dsa_87;
    };
  }

  private static AlgorithmIdentifier mlDsaIdentifier(KeySpec spec) {
    return new AlgorithmIdentifier(
        switch (spec) {
          case ML_DSA_44 -> NISTObjectIdentifiers.id_ml_dsa_44;
          case ML_DSA_65 -> NISTObjectIdentifiers.id_ml_dsa_65;
          default -> NISTObjectIdentifiers.id_ml_dsa_87;
        });
  }

  private static String base64(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.lent());
  }

  private Caller caller() {
    return new Caller(
        new Principal(
            UserId.random(),
            "somebody",
            DomainId.random(),
            Optional.empty(),
            Principal.Method.SIGNATURE),
        keys.project);
  }

  @Test
  void onlyTheSameMaterialIsImportedAgain() {
    KeyId id = keys.external(KeySpec.AES_256);
    byte[] secret = Random.bytes(32);
    importSecret(id, secret);
    rejected(
        KmsError.NOT_PENDING_IMPORT,
        () -> keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK));

    keys.imports.deleteMaterial(keys.project, id);

    assertThat(keys.vault.material(keys.load(id), 0)).isEmpty();
    rejected(KmsError.KEY_NOT_ENABLED, () -> keys.keyring.open(keys.project, id, Use.WRAP).close());
    rejected(KmsError.MATERIAL_DIFFERS, () -> importSecret(id, Random.bytes(32)));
    importSecret(id, secret);
    assertThat(material(id)).isEqualTo(secret);
  }

  @Test
  void keyInTheKeyringGoesWithItsMaterial() {
    KeyId id = keys.external(KeySpec.AES_256);
    importSecret(id, Random.bytes(32));
    keys.keyring.open(keys.project, id, Use.WRAP).close();

    keys.imports.deleteMaterial(keys.project, id);

    rejected(KmsError.KEY_NOT_ENABLED, () -> keys.keyring.open(keys.project, id, Use.WRAP).close());
  }

  @Test
  void expiredMaterialIsDeletedInWhateverStateTheKeyIs() {
    Instant expiry = keys.clock.instant().plus(Duration.ofDays(1));
    KeyId enabled = keys.external(KeySpec.AES_256);
    KeyId disabled = keys.external(KeySpec.AES_256);
    KeyId doomed = keys.external(KeySpec.AES_256);
    KeyId later = keys.external(KeySpec.AES_256);
    byte[] secret = Random.bytes(32);
    for (KeyId id : new KeyId[] {enabled, disabled, doomed}) {
      importSecret(id, secret, Optional.of(expiry));
    }
    importSecret(later, secret, Optional.of(expiry.plusMillis(1)));
    keys.vault.change(keys.project, disabled, Cmk::disabled);
    keys.vault.change(
        keys.project, doomed, cmk -> cmk.deletionScheduled(expiry, Duration.ofDays(7)));
    keys.clock.setWall(expiry.minusMillis(1));
    assertThat(keys.imports.deleteExpired()).isZero();
    keys.clock.setWall(expiry);

    assertThat(keys.imports.deleteExpired()).isEqualTo(3);

    assertThat(keys.imports.deleteExpired()).isZero();
    for (KeyId id : new KeyId[] {enabled, disabled, doomed}) {
      assertThat(keys.vault.material(keys.load(id), 0)).isEmpty();
    }
    assertThat(keys.load(enabled).state()).isEqualTo(new KeyState.PendingImport());
    assertThat(keys.load(disabled).state()).isEqualTo(new KeyState.PendingImport());
    assertThat(keys.load(doomed).state()).isInstanceOf(KeyState.PendingDeletion.class);
    assertThat(keys.vault.change(keys.project, doomed, Cmk::deletionCancelled).state())
        .isEqualTo(new KeyState.PendingImport());
    assertThat(material(later)).isEqualTo(secret);
    importSecret(enabled, secret);
    assertThat(keys.load(enabled).imported().orElseThrow().expiresAt()).isEmpty();
  }

  @Test
  void importThatFailsLeavesTheKeyAsItWas() {
    KeyId id = keys.external(KeySpec.AES_256);
    Cmk before = keys.load(id);
    Parameters parameters = keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK);
    Delivery delivery = delivery(parameters, wrap(QUICK, parameters, Random.bytes(32)));
    var failing =
        new Imports(
            keys.vaultThatStoresNoMaterial(),
            keys.keyring,
            keys.generator,
            keys.keks,
            keys.clock,
            keys.clock);

    assertThatThrownBy(() -> failing.importMaterial(keys.project, id, delivery))
        .isInstanceOf(FailingMaterial.Failure.class);
    assertThat(keys.load(id)).isEqualTo(before);

    keys.imports.importMaterial(keys.project, id, delivery);
    Cmk imported = keys.load(id);
    assertThatThrownBy(() -> failing.deleteMaterial(keys.project, id))
        .isInstanceOf(FailingMaterial.Failure.class);
    assertThat(keys.load(id)).isEqualTo(imported);
    assertThat(material(id)).hasSize(32);
  }
}
