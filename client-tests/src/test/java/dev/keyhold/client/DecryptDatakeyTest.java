package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.DecryptDatakeyRequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// decrypt-datakey: what it refuses. That it opens what was wrapped is tested where that is
/// wrapped.
class DecryptDatakeyTest {
  private final Kms kms = SharedServer.kms();
  private final String key = kms.newKey();
  private final String cipherText = kms.encrypt(key, Deks.ZEROS_64).getCipherText();

  private String withAad(String aad) {
    return kms.encrypt(Kms.encryptRequest(key, Deks.ZEROS_64).withAdditionalAuthenticatedData(aad))
        .getCipherText();
  }

  @Test
  void answerIsThatOfThePublishedExample() {
    var opened = kms.decrypt(key, cipherText);

    assertThat(opened.getDataKey()).isEqualTo(Deks.ZEROS_64);
    assertThat(opened.getDatakeyLength()).isEqualTo("64");
    assertThat(opened.getDatakeyDgst())
        .isEqualToIgnoringCase(Deks.DIGEST_OF_ZEROS_64)
        .isUpperCase();
  }

  @Test
  void aadMustBeRepeated() {
    String bound = withAad("123aad");

    for (String other : new String[] {null, "", "123AAD", "123aad ", "123aa", "123aadx"}) {
      refused(
          "KMS.2201",
          () -> kms.decrypt(Kms.decryptRequest(key, bound).withAdditionalAuthenticatedData(other)));
    }
    kms.decrypt(Kms.decryptRequest(key, bound).withAdditionalAuthenticatedData("123aad"));
  }

  @Test
  void aadThatWasNotThereIsRefused() {
    refused(
        "KMS.2201",
        () ->
            kms.decrypt(
                Kms.decryptRequest(key, cipherText).withAdditionalAuthenticatedData("123aad")));
  }

  @Test
  void tooLongAadIsRefused() {
    refused(
        "KMS.0308",
        () ->
            kms.decrypt(
                Kms.decryptRequest(key, cipherText)
                    .withAdditionalAuthenticatedData("x".repeat(129))));
  }

  /// The vendor's encryption SDK sends 32 whatever the length.
  @ParameterizedTest
  @ValueSource(strings = {"1", "32", "63", "65", "1024"})
  void statedLengthIsNotCompared(String length) {
    var opened = kms.decrypt(Kms.decryptRequest(key, cipherText).withDatakeyCipherLength(length));

    assertThat(opened.getDataKey()).isEqualTo(Deks.ZEROS_64);
    assertThat(opened.getDatakeyLength()).isEqualTo("64");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1025", "-64", "x", "", "64.0", "99999999999"})
  void statedLengthMustBeInRange(String length) {
    refused(
        "KMS.2202",
        () -> kms.decrypt(Kms.decryptRequest(key, cipherText).withDatakeyCipherLength(length)));
  }

  @Test
  void otherKeyDoesNotOpen() {
    String otherKey = kms.newKey();
    String sm4Key = kms.newSm4Key();

    refused("KMS.2201", () -> kms.decrypt(otherKey, cipherText));
    refused("KMS.2201", () -> kms.decrypt(sm4Key, cipherText));
  }

  @Test
  void cipherTextThatIsNoContainerIsRefused() {
    for (String bad :
        new String[] {
          "",
          "00",
          "zz",
          cipherText.substring(1),
          cipherText.substring(2),
          cipherText.substring(0, 374),
          cipherText + "0",
          cipherText + "00",
          " " + cipherText,
          cipherText.replace("02009800", "02009900"),
          "FF".repeat(188),
          "00".repeat(2000)
        }) {
      refused("KMS.2201", () -> kms.decrypt(key, bad));
    }
  }

  /// The published ciphertexts are well-formed containers of keys that nobody here has.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "020098009EEAFCE122CAA5927D2E020086F9548BA1675FDB022E4ECC01B96F2189CF4B85E78357E73E1CEB518DAF"
            + "7A4960E7C7DE8885ED3FB2F1471ABF400119CC1B20BD3C4A9B80AF590EFD0AEDABFDBB0E2B689DA7B6C9E7"
            + "D3C5645FCD9274802586BE63779471F9156F2CDF07CD8412FFBE9230643034363662302D653732372D3464"
            + "39632D623335642D6638346262343734613337660000000045B05321483BD9F9561865EE7DFE9BE267A42E"
            + "B104E98C16589CE46940B18E52",
        "020098005CDC28E29EC3230AA42E8985FBABA095037D6474C64519C9B564AB28B15739C88E7E887500D1094973C2"
            + "DC16353DB7ED3946C73339517AB1E983D521F9E9D700DC5D9C42F557EBF3F608E3CBBEE0BC68136EE7D2A4"
            + "9117E00332BAC4AE4ED805EB6068FA900C5A8019BFE2C2651BE3E130643034363662302D653732372D3464"
            + "39632D623335642D66383462623437346133376600000000F160727EBDB83400C21D80D713B49D3A2C37F2"
            + "4AE160E7BB3DAC025ADC0C45E3",
        "020098005273E14E6E8E95F5463BECDC27E80AF820B9FC086CB47861899149F67CF07DAFF2810B7D27BDF19AB763"
            + "2488E0926A48DB2FC85BEA905119411B46244C5E6B8036C60A0B0B4842FFE6994518E89C19B1C1D688D904"
            + "3BCD6053EA7BA0652642CE59F2543C80669139F4F71ABB9BD9A24330643034363662302D653732372D3464"
            + "39632D623335642D66383462623437346133376600000000D34457984F9730D57F228C210FD22CA6017913"
            + "964B21D4ECE45D81092BB9112E",
        "02009800c959d21a80123c067ef4bedd126f1959cb86de1aa16ca547c68149e03a631f108e7282219bea130b627c"
            + "2772726685d1368f4ae3657e4bd5bad8a485ee1f5bac18329b33896c37ea72952e1505765b61c4e4d18f57"
            + "7fb3339b52cfebe19dc387cc38a15fd529b77c19ffed7f02ff583f65393636613330302d306333342d3461"
            + "33312d383665312d65363764313365363432366100000000c622f77e48e630a955feb2686acfd7ea0b9de9"
            + "4dbd537a6a552032bd579e1895"
      })
  void publishedSampleIsRefused(String sample) {
    refused("KMS.2201", () -> kms.decrypt(key, sample));
  }

  @Test
  void membersAreRequired() {
    refused("KMS.0204", () -> kms.decrypt((String) null, cipherText));
    refused("KMS.0204", () -> kms.decrypt(key, null));
    refused(
        "KMS.0204",
        () ->
            kms.decrypt(new DecryptDatakeyRequestBody().withKeyId(key).withCipherText(cipherText)));
  }

  @Test
  void badKeyIdAndSequenceAreRefused() {
    refused("KMS.0205", () -> kms.decrypt("x", cipherText));
    refused("KMS.0206", () -> kms.decrypt(Kms.decryptRequest(key, cipherText).withSequence("x")));
  }

  @Test
  void unknownKeyIsNotFound() {
    refused(404, "KMS.0207", () -> kms.decrypt(Names.UNKNOWN_KEY, cipherText));
  }
}
