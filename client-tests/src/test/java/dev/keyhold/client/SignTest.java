package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.OperateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ShowPublicKeyRequest;
import com.huaweicloud.sdk.kms.v2.model.SignRequest;
import com.huaweicloud.sdk.kms.v2.model.SignRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ValidateSignatureRequest;
import com.huaweicloud.sdk.kms.v2.model.VerifyRequestBody;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// sign, verify and get-publickey, with the JDK as the other side.
class SignTest {
  private static final byte[] MESSAGE = "a message 消息".getBytes(StandardCharsets.UTF_8);

  private final Kms kms = SharedServer.kms();

  private String sign(String key, byte[] message, String algorithm, String type) {
    var answer =
        kms.client()
            .sign(
                new SignRequest()
                    .withBody(
                        new SignRequestBody()
                            .withKeyId(key)
                            .withMessage(base64(message))
                            .withSigningAlgorithm(
                                SignRequestBody.SigningAlgorithmEnum.fromValue(algorithm))
                            .withMessageType(
                                type.isEmpty()
                                    ? null
                                    : SignRequestBody.MessageTypeEnum.fromValue(type))));
    assertThat(answer.getKeyId()).isEqualTo(key);
    return answer.getSignature();
  }

  private String verify(String key, byte[] message, String signature, String algorithm) {
    var answer =
        kms.client()
            .validateSignature(
                new ValidateSignatureRequest()
                    .withBody(
                        new VerifyRequestBody()
                            .withKeyId(key)
                            .withMessage(base64(message))
                            .withSignature(signature)
                            .withSigningAlgorithm(
                                VerifyRequestBody.SigningAlgorithmEnum.fromValue(algorithm))
                            .withMessageType(VerifyRequestBody.MessageTypeEnum.fromValue("RAW"))));
    assertThat(answer.getKeyId()).isEqualTo(key);
    return answer.getSignatureValid();
  }

  private String publicKey(String key) {
    return kms.client()
        .showPublicKey(
            new ShowPublicKeyRequest().withBody(new OperateKeyRequestBody().withKeyId(key)))
        .getPublicKey();
  }

  private PublicKey parsed(String pem, String kind) throws Exception {
    String body = pem.replaceAll("-----[A-Z ]+-----|\r\n", "");
    return KeyFactory.getInstance(kind)
        .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(body)));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, RSA, RSASSA_PSS_SHA_256, RSASSA-PSS, SHA-256",
    "RSA_2048, RSA, RSASSA_PKCS1_V1_5_SHA_512, SHA512withRSA, SHA-512",
    "EC_P256, EC, ECDSA_SHA_256, SHA256withECDSA, SHA-256",
    "EC_P384, EC, ECDSA_SHA_384, SHA384withECDSA, SHA-384"
  })
  void whatWeSignVerifiesElsewhere(
      String spec, String kind, String algorithm, String jdkName, String hash) throws Exception {
    String key = Keys.make(kms, spec, "SIGN_VERIFY");
    byte[] digest = MessageDigest.getInstance(hash).digest(MESSAGE);
    PublicKey publicKey = parsed(publicKey(key), kind);
    for (String signature :
        new String[] {
          sign(key, MESSAGE, algorithm, "RAW"),
          sign(key, digest, algorithm, "DIGEST"),
          sign(key, digest, algorithm, "")
        }) {
      Signature jdk = Signature.getInstance(jdkName);
      if (jdkName.equals("RSASSA-PSS")) {
        jdk.setParameter(
            new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), digest.length, 1));
      }
      jdk.initVerify(publicKey);
      jdk.update(MESSAGE);
      assertThat(jdk.verify(Base64.getDecoder().decode(signature))).isTrue();
      assertThat(verify(key, MESSAGE, signature, algorithm)).isEqualTo("true");
      assertThat(verify(key, digest, signature, algorithm)).isEqualTo("false");
    }
    refused("KMS.0329", () -> sign(key, MESSAGE, algorithm, "DIGEST"));
  }

  @ParameterizedTest
  @CsvSource({
    "SM2, SM2DSA_SM3",
    "SECP256K1, ECDSA_SHA_256",
    "ED25519, ED25519",
    "ML_DSA_65, ML_DSA_65"
  })
  void whatWeSignVerifiesHere(String spec, String algorithm) {
    String key = Keys.make(kms, spec, "SIGN_VERIFY");
    String signature = sign(key, MESSAGE, algorithm, "RAW");
    assertThat(verify(key, MESSAGE, signature, algorithm)).isEqualTo("true");
    assertThat(verify(key, new byte[1], signature, algorithm)).isEqualTo("false");
    assertThat(verify(key, MESSAGE, "AAAA", algorithm)).isEqualTo("false");
    kms.disable(key);
    refused("KMS.0209", () -> sign(key, MESSAGE, algorithm, "RAW"));
  }

  @Test
  void publicKeyIsPemWithCrlf() {
    String key = Keys.make(kms, "EC_P256", "SIGN_VERIFY");
    assertThat(publicKey(key))
        .matches(
            "-----BEGIN PUBLIC KEY-----\r\n([A-Za-z0-9+/=]{1,64}\r\n)+-----END PUBLIC"
                + " KEY-----\r\n");
  }
}
