package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.CreateEcDatakeyPairRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateEcDatakeyPairRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateRsaDatakeyPairRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateRsaDatakeyPairRequestBody;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// create-ec-datakey-pair and create-rsa-datakey-pair.
class DatakeyPairTest {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final Kms kms = SharedServer.kms();
  private final String key = kms.newKey();

  private static CreateEcDatakeyPairRequest ec(String key, String spec) {
    return new CreateEcDatakeyPairRequest()
        .withBody(
            new CreateEcDatakeyPairRequestBody()
                .withKeyId(key)
                .withAdditionalAuthenticatedData("aad")
                .withKeySpec(CreateEcDatakeyPairRequestBody.KeySpecEnum.fromValue(spec)));
  }

  private byte[] unwrapped(String cipherText) {
    var opened =
        kms.decrypt(Kms.decryptRequest(key, cipherText).withAdditionalAuthenticatedData("aad"));
    return HEX.parseHex(opened.getDataKey());
  }

  /// The two halves are a pair: what one signs, the other verifies.
  private static void works(String kind, String algorithm, String publicKey, byte[] privateKey)
      throws Exception {
    KeyFactory factory = KeyFactory.getInstance(kind);
    Signature signing = Signature.getInstance(algorithm);
    signing.initSign(factory.generatePrivate(new PKCS8EncodedKeySpec(privateKey)));
    Signature verifying = Signature.getInstance(algorithm);
    verifying.initVerify(
        factory.generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(publicKey))));
    signing.update(privateKey);
    verifying.update(privateKey);
    assertThat(verifying.verify(signing.sign())).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"})
  void ecPairWorksAndItsPrivateKeyUnwraps(String spec) throws Exception {
    var pair = kms.client().createEcDatakeyPair(ec(key, spec));
    assertThat(pair.getKeyId()).isEqualTo(key);
    assertThat(pair.getKeySpec().getValue()).isEqualTo(spec);
    byte[] privateKey = Base64.getDecoder().decode(pair.getPrivateKeyPlainText());
    assertThat(unwrapped(pair.getPrivateKeyCipherText())).isEqualTo(privateKey);
    works("EC", "SHA256withECDSA", pair.getPublicKey(), privateKey);
    assertThat(pair.getWrappedPrivateKey()).isNull();
    assertThat(pair.getCiphertextRecipient()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ECC_SECG_P256K1", "SM2"})
  void pairOfOtherCurvesUnwraps(String spec) {
    var pair = kms.client().createEcDatakeyPair(ec(key, spec));
    assertThat(unwrapped(pair.getPrivateKeyCipherText()))
        .isEqualTo(Base64.getDecoder().decode(pair.getPrivateKeyPlainText()));
  }

  @Test
  void rsaPairIsMadeWithoutTellingThePrivateKey() throws Exception {
    var pair =
        kms.client()
            .createRsaDatakeyPair(
                new CreateRsaDatakeyPairRequest()
                    .withBody(
                        new CreateRsaDatakeyPairRequestBody()
                            .withKeyId(key)
                            .withWithPlainText(false)
                            .withAdditionalAuthenticatedData("aad")
                            .withKeySpec(CreateRsaDatakeyPairRequestBody.KeySpecEnum.RSA_2048)));
    assertThat(pair.getPrivateKeyPlainText()).isNull();
    assertThat(pair.getPrivateKeyCipherText()).matches("0200[0-9A-F]+");
    works("RSA", "SHA256withRSA", pair.getPublicKey(), unwrapped(pair.getPrivateKeyCipherText()));
  }

  @Test
  void badSpecAndBadKeyAreRefused() {
    refused("KMS.1902", () -> kms.client().createEcDatakeyPair(ec(key, "EC_P256")));
    refused("KMS.1902", () -> kms.client().createEcDatakeyPair(ec(key, "RSA_2048")));
    refused(404, "KMS.0207", () -> kms.client().createEcDatakeyPair(ec(Names.UNKNOWN_KEY, "SM2")));
  }
}
