package dev.keyhold.client;

import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateParametersForImportRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateParametersForImportResponse;
import com.huaweicloud.sdk.kms.v2.model.DeleteImportedKeyMaterialRequest;
import com.huaweicloud.sdk.kms.v2.model.GetParametersForImportRequestBody;
import com.huaweicloud.sdk.kms.v2.model.GetParametersForImportRequestBody.WrappingAlgorithmEnum;
import com.huaweicloud.sdk.kms.v2.model.ImportKeyMaterialRequest;
import com.huaweicloud.sdk.kms.v2.model.ImportKeyMaterialRequestBody;
import com.huaweicloud.sdk.kms.v2.model.OperateKeyRequestBody;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.KEM;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/// Imports material as a client does: wrapped by the JDK, sent by the SDK.
record Importer(Kms kms) {
  static final String OAEP = "RSAES_OAEP_SHA_256";

  private static final SecureRandom RANDOM = new SecureRandom();

  String external(String spec) {
    return kms.createKey(
            new CreateKeyRequestBody()
                .withKeyAlias(Names.fresh())
                .withKeySpec(CreateKeyRequestBody.KeySpecEnum.fromValue(spec))
                .withOrigin(CreateKeyRequestBody.OriginEnum.EXTERNAL))
        .getKeyId();
  }

  CreateParametersForImportResponse parameters(String key, String algorithm) {
    return kms.client()
        .createParametersForImport(
            new CreateParametersForImportRequest()
                .withBody(
                    new GetParametersForImportRequestBody()
                        .withKeyId(key)
                        .withWrappingAlgorithm(WrappingAlgorithmEnum.fromValue(algorithm))));
  }

  ImportKeyMaterialRequestBody delivery(String key, String algorithm, byte[] material)
      throws GeneralSecurityException {
    var parameters = parameters(key, algorithm);
    byte[] publicKey = Base64.getDecoder().decode(parameters.getPublicKey());
    return new ImportKeyMaterialRequestBody()
        .withKeyId(key)
        .withImportToken(parameters.getImportToken())
        .withEncryptedKeyMaterial(base64(wrap(algorithm, publicKey, material)));
  }

  void importMaterial(String key, String algorithm, byte[] material)
      throws GeneralSecurityException {
    importMaterial(delivery(key, algorithm, material));
  }

  /// @param pkcs8 left out when empty
  void importPair(String key, byte[] temporaryKey, byte[] pkcs8) throws GeneralSecurityException {
    var delivery = delivery(key, OAEP, temporaryKey);
    if (pkcs8.length > 0) {
      delivery.setEncryptedPrivatekey(base64(keyWrap(temporaryKey, pkcs8)));
    }
    importMaterial(delivery);
  }

  void importMaterial(ImportKeyMaterialRequestBody body) {
    kms.client().importKeyMaterial(new ImportKeyMaterialRequest().withBody(body));
  }

  void delete(String key) {
    kms.client()
        .deleteImportedKeyMaterial(
            new DeleteImportedKeyMaterialRequest()
                .withBody(new OperateKeyRequestBody().withKeyId(key)));
  }

  /// The first material of a key, or the same once more, over HTTP alone.
  static Http.Answer importAgain(Http http, String key, byte[] material)
      throws GeneralSecurityException {
    String algorithm = "ML_KEM_768_AES_KWP"; // its key pairs cost less than RSA's
    Http.Answer parameters =
        http.kms(
            "get-parameters-for-import", Map.of("key_id", key, "wrapping_algorithm", algorithm));
    if (parameters.status() != 200) {
      return parameters;
    }
    byte[] publicKey = Base64.getDecoder().decode(parameters.text("public_key"));
    return http.kms(
        "import-key-material",
        Map.of(
            "key_id",
            key,
            "import_token",
            parameters.text("import_token"),
            "encrypted_key_material",
            base64(wrap(algorithm, publicKey, material))));
  }

  /// Other material for a key in use; `import_type` is not the cloud's, so the SDK has it not.
  static Http.Answer importNew(Http http, String key, byte[] material)
      throws GeneralSecurityException {
    String type = "NEW_KEY_MATERIAL";
    Http.Answer parameters =
        http.kms(
            "get-parameters-for-import",
            Map.of("key_id", key, "wrapping_algorithm", OAEP, "import_type", type));
    if (parameters.status() != 200) {
      return parameters;
    }
    byte[] publicKey = Base64.getDecoder().decode(parameters.text("public_key"));
    return http.kms(
        "import-key-material",
        Map.of(
            "key_id",
            key,
            "import_type",
            type,
            "import_token",
            parameters.text("import_token"),
            "encrypted_key_material",
            base64(wrap(OAEP, publicKey, material))));
  }

  private static byte[] wrap(String algorithm, byte[] spki, byte[] material)
      throws GeneralSecurityException {
    return switch (algorithm) {
      case OAEP -> oaep("SHA-256", MGF1ParameterSpec.SHA256, spki, material);
      case "RSAES_OAEP_SHA_1" -> oaep("SHA-1", MGF1ParameterSpec.SHA1, spki, material);
      default -> mlKem(spki, material);
    };
  }

  private static byte[] oaep(String hash, MGF1ParameterSpec mgf1, byte[] spki, byte[] material)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE,
        publicKey("RSA", spki),
        new OAEPParameterSpec(hash, "MGF1", mgf1, PSource.PSpecified.DEFAULT));
    return cipher.doFinal(material);
  }

  private static byte[] mlKem(byte[] spki, byte[] material) throws GeneralSecurityException {
    KEM.Encapsulated made =
        KEM.getInstance("ML-KEM").newEncapsulator(publicKey("ML-KEM", spki)).encapsulate();
    byte[] info = HexFormat.of().parseHex("3010300b0609608648016503040130020120");
    SecretKey kek =
        KDF.getInstance("HKDF-SHA256")
            .deriveKey(
                "AES", HKDFParameterSpec.ofExtract().addIKM(made.key()).thenExpand(info, 32));
    byte[] wrapped = keyWrap(kek.getEncoded(), material);
    byte[] ciphertext = made.encapsulation();
    byte[] both = Arrays.copyOf(ciphertext, ciphertext.length + wrapped.length);
    System.arraycopy(wrapped, 0, both, ciphertext.length, wrapped.length);
    return both;
  }

  private static PublicKey publicKey(String algorithm, byte[] spki)
      throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(spki));
  }

  static byte[] keyWrap(byte[] key, byte[] content) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/KWP/NoPadding");
    cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
    return cipher.doFinal(content);
  }

  static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
