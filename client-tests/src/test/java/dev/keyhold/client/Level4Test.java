package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.client.Http.Answer;
import java.security.KeyPairGenerator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The level-4 scenario over HTTP, for the published SDK lacks create-pin, on a server that has it
/// on.
class Level4Test {
  private static final String PIN = "correct-horse";
  private static final ServerProcess SERVER =
      ServerProcess.onNewFolder().with("level4.enabled", "true");
  private static Http http;
  private static String keyId;

  @BeforeAll
  static void start() {
    SERVER.start();
    http = Http.loggedIn(SERVER.tenant());
    keyId = Kms.of(SERVER.tenant()).newKey();
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void anIssuedPinGuardsADatakeyAcrossARestart() {
    String pin = http.kms("create-pin", Map.of("keystore_id", "1")).ok().text("pin");
    Answer made = call("create-datakey", Map.of("datakey_length", "256", "pin", pin));
    String datakey = made.ok().text("plain_text");
    String container = made.text("cipher_text");

    SERVER.stop();
    SERVER.start();
    http = Http.loggedIn(SERVER.tenant());

    Map<String, String> right = Map.of("pin", pin, "pin_type", "CipherText");
    assertThat(decrypt(container, right).ok().text("data_key")).isEqualTo(datakey);
    assertThat(decrypt(container, Map.of()).code()).isEqualTo("KMS.2201");
    String other = http.kms("create-pin", Map.of("keystore_id", "2")).ok().text("pin");
    assertThat(decrypt(container, Map.of("pin", other)).code()).isEqualTo("KMS.2201");
    Http stranger = Http.loggedIn(SERVER.otherTenant());
    String theirs = Kms.of(SERVER.otherTenant()).newKey();
    Map<String, String> stolen =
        Map.of("key_id", theirs, "datakey_length", "256", "pin", pin, "pin_type", "CipherText");
    assertThat(stranger.kms("create-datakey", stolen).code()).isEqualTo("KMS.0308");
  }

  @Test
  void anSm2KeyThatCanNotSignIsNotWrapped() {
    String beforeOrder = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122";
    String pkcs8 =
        "3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420" + beforeOrder;
    var asSm2 = Map.of("key_spec", "SM2");
    assertThat(encrypt(pkcs8, asSm2).code()).isEqualTo("KMS.2101");
    encrypt(pkcs8.replace("d54122", "d54121"), asSm2).ok();
  }

  @Test
  void wrongPinsAreCountedAndLockTheRightOneOut() {
    String key = Kms.of(SERVER.tenant()).newKey();
    Map<String, String> pin = Map.of("pin", PIN, "pin_type", "PlainText");
    Answer made =
        http.kms("create-datakey-without-plaintext", with(Map.of("key_id", key), pin)).ok();
    Map<String, String> request =
        Map.of(
            "key_id", key, "cipher_text", made.text("cipher_text"), "datakey_cipher_length", "32");
    http.kms("decrypt-datakey", with(request, pin)).ok();
    for (int i = 0; i < 5; i++) {
      Map<String, String> guess = Map.of("pin", "guess-no-" + i, "pin_type", "PlainText");
      assertThat(http.kms("decrypt-datakey", with(request, guess)).code()).isEqualTo("KMS.2201");
    }
    assertThat(http.kms("decrypt-datakey", with(request, pin)).code()).isEqualTo("KMS.2201");
  }

  @Test
  void anRsaPrivateKeyIsWrappedWhole() throws Exception {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    String pkcs8 = HexFormat.of().formatHex(generator.generateKeyPair().getPrivate().getEncoded());
    Map<String, String> pin = Map.of("pin", PIN, "pin_type", "PlainText");
    Answer wrapped = encrypt(pkcs8, with(Map.of("key_spec", "RSA"), pin)).ok();
    assertThat(decrypt(wrapped.text("cipher_text"), pin).ok().text("data_key"))
        .isEqualToIgnoringCase(pkcs8);
    assertThat(encrypt(pkcs8, Map.of("key_spec", "SM2")).code()).isEqualTo("KMS.2101");
    assertThat(encrypt(pkcs8, Map.of()).code()).isEqualTo("KMS.2102");
  }

  @Test
  void whereItIsOffItsMembersAreRefused() {
    Http off = SharedServer.http();
    String key = SharedServer.kms().newKey();
    assertThat(off.kms("create-pin", Map.of("pin_type", "PlainText")).code()).isEqualTo("KMS.0308");
    Map<String, String> request = Map.of("key_id", key, "pin", PIN, "pin_type", "PlainText");
    assertThat(off.kms("create-datakey", request).code()).isEqualTo("KMS.0308");
  }

  /// The official SDK sends members that nobody set.
  @Test
  void emptyMembersSayNothing() {
    Http off = SharedServer.http();
    Map<String, String> empty = Map.of("pin", "", "pin_type", "", "key_spec", "");
    Map<String, String> key = with(Map.of("key_id", SharedServer.kms().newKey()), empty);
    String container = off.kms("create-datakey", key).ok().text("cipher_text");
    Map<String, String> wrapped = Map.of("cipher_text", container, "datakey_cipher_length", "32");
    String datakey = off.kms("decrypt-datakey", with(key, wrapped)).ok().text("data_key");
    Map<String, String> plain =
        Map.of("plain_text", Deks.withSha256(datakey), "datakey_plain_length", "32");
    off.kms("encrypt-datakey", with(key, plain)).ok();
  }

  private static Answer encrypt(String datakey, Map<String, String> more) {
    return call(
        "encrypt-datakey",
        with(
            Map.of(
                "plain_text", Deks.withSha256(datakey),
                "datakey_plain_length", Integer.toString(datakey.length() / 2)),
            more));
  }

  private static Answer decrypt(String container, Map<String, String> more) {
    return call(
        "decrypt-datakey",
        with(Map.of("cipher_text", container, "datakey_cipher_length", "32"), more));
  }

  private static Answer call(String action, Map<String, String> members) {
    return http.kms(action, with(Map.of("key_id", keyId), members));
  }

  private static Map<String, String> with(Map<String, String> members, Map<String, String> more) {
    var all = new HashMap<>(members);
    all.putAll(more);
    return all;
  }
}
