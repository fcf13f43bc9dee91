package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.core.auth.SigningAlgorithm;
import com.huaweicloud.sdk.core.exception.ServiceResponseException;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Secrets go through every call, the failing ones too, and are then looked for in everything that
/// the server left behind: its output at the most talkative log level, with stack traces and a
/// thread dump, and each file of its data folder, its working directory and its folder for
/// temporary files. Only `dev-credentials.json` may have its own.
class CanaryTest {
  private static final HexFormat HEX = HexFormat.of();

  private final Map<String, byte[]> canaries = new TreeMap<>();

  private void canary(String name, String text) {
    canaries.put(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private String dek(String name, int bytes) {
    String hex = Deks.random(bytes);
    canaries.put(name, HEX.parseHex(hex));
    return hex;
  }

  @Test
  void noSecretIsLeftBehind() throws Exception {
    try (var server =
        ServerProcess.onNewFolder().with("log.level", "debug").with("level4.enabled", "true")) {
      server.start();
      Tenant tenant = server.tenant();
      canary("password", tenant.password());
      canary("secret key", tenant.secretKey());
      canary("other password", server.otherTenant().password());
      canary("other secret key", server.otherTenant().secretKey());
      String token = Login.token(tenant);
      canary("token", token);

      String name = "canary-in-the-open-" + Names.fresh();
      useTheSdk(tenant);
      importMaterial(tenant);
      useRawHttp(tenant, token, name);
      useTheOtherKeys(Kms.of(tenant), Http.withToken(tenant, token));
      usePins(Kms.of(tenant), Http.withToken(tenant, token));
      useDamagedKeys(server, Kms.of(tenant), Http.withToken(tenant, token));
      var sm3 = Kms.config().withSigningAlgorithm(SigningAlgorithm.HMAC_SM3);
      wraps(Kms.of(tenant, sm3), "under a signature with SM3");
      fails(() -> Kms.of(tenant.withSecretKey(tenant.secretKey() + "x"), sm3).instances());
      changeCredentials(tenant, token);
      threadDump(server);
      assertThat(server.stop()).isZero();
      Files.writeString(server.work().resolve("tmp/not-a-secret"), name);

      var left = LeftBehind.by(server);
      // The search works: what is no secret is found where it belongs.
      assertThat(left.placesOf("\"action\":\"encrypt-datakey\""))
          .anySatisfy(place -> assertThat(place).contains("/audit/"));
      assertThat(left.placesOf(name))
          .anySatisfy(place -> assertThat(place).contains("not-a-secret"));
      var found = new ArrayList<String>();
      canaries.forEach((secret, bytes) ->
          left.placesOf(bytes).forEach(place -> found.add(secret + " in " + place)));
      assertThat(found).isEmpty();
    }
  }

  private void wraps(Kms kms, String name) {
    String key = kms.newKey();
    kms.decrypt(key, kms.encrypt(key, dek(name, 64)).getCipherText());
  }

  private void useTheSdk(Tenant tenant) {
    Kms kms = Kms.of(tenant);
    String key = kms.newKey();
    String wrapped = kms.encrypt(key, dek("wrapped", 64)).getCipherText();
    kms.decrypt(key, wrapped);
    var created = kms.createDatakey(new CreateDatakeyRequestBody().withKeyId(key));
    canaries.put("created", HEX.parseHex(created.getPlainText()));
    kms.decrypt(key, created.getCipherText());
    canaries.put("random", HEX.parseHex(kms.random("256")));
    String unseen =
        kms.createDatakeyWithoutPlaintext(new CreateDatakeyRequestBody().withKeyId(key))
            .getCipherText();
    canaries.put("unseen", HEX.parseHex(kms.decrypt(key, unseen).getDataKey()));

    String wrongDigest = dek("with a wrong digest", 64);
    fails(() ->
        kms.encrypt(
            Kms.encryptRequest(key, wrongDigest).withPlainText(wrongDigest + "00".repeat(32))));
    String wrongLength = dek("with a wrong length", 64);
    fails(() -> kms.encrypt(Kms.encryptRequest(key, wrongLength).withDatakeyPlainLength("63")));
    String unknown = dek("for an unknown key", 64);
    fails(() -> kms.encrypt(Names.UNKNOWN_KEY, unknown));
    String misplaced = dek("in the place of the key id", 18);
    fails(() -> kms.encrypt(misplaced, Deks.EXAMPLE));
    fails(() -> kms.describe(misplaced));
    kms.disable(key);
    String disabled = dek("for a disabled key", 64);
    fails(() -> kms.encrypt(key, disabled));
    fails(() -> Kms.of(tenant.withSecretKey(tenant.secretKey() + "x")).instances());
    fails(() -> Kms.of(tenant.withAccessKey(tenant.secretKey())).instances());
  }

  /// Data, messages, private keys and shared secrets.
  private void useTheOtherKeys(Kms kms, Http http) {
    String key = kms.newKey();
    String text = text("data");
    String data =
        http.kms("encrypt-data", Map.of("key_id", key, "plain_text", text))
            .ok()
            .text("cipher_text");
    http.kms("decrypt-data", Map.of("cipher_text", data)).ok();
    http.kms("re-encrypt", Map.of("cipher_text", data, "destination_key_id", kms.newSm4Key())).ok();
    http.kms(
        "encrypt-data",
        Map.of("key_id", key, "plain_text", text("refused data"), "encryption_algorithm", "x"));
    String mac = Keys.make(kms, "HMAC_256", "GENERATE_VERIFY_MAC");
    String message = base64(text("a MAC's message"));
    http.kms(
            "generate-mac",
            Map.of("key_id", mac, "mac_algorithm", "HMAC_SHA_256", "message", message))
        .ok();
    var toSign =
        Map.of("message", base64(text("a signed message")), "signing_algorithm", "ECDSA_SHA_256");
    var signing = new TreeMap<String, String>(toSign);
    signing.put("key_id", Keys.make(kms, "EC_P256", "SIGN_VERIFY"));
    http.kms("sign", signing); // no digest
    signing.put("message_type", "RAW");
    http.kms("sign", signing).ok();
    var pair =
        http.kms("create-ec-datakey-pair", Map.of("key_id", key, "key_spec", "ECC_NIST_P256")).ok();
    canaries.put("private key", Base64.getDecoder().decode(pair.text("private_key_plain_text")));
    kms.decrypt(key, pair.text("private_key_cipher_text"));
    var secret =
        http.kms(
                "derive-shared-secret",
                Map.of(
                    "key_id",
                    Keys.make(kms, "EC_P256", "KEY_AGREEMENT"),
                    "key_agreement_algorithm",
                    "ECDH",
                    "public_key",
                    pair.text("public_key")))
            .ok();
    canaries.put("shared secret", Base64.getDecoder().decode(secret.text("shared_secret")));
  }

  /// The level-4 scenario: PINs of the caller's and issued ones, and private keys under a CMK.
  private void usePins(Kms kms, Http http) throws GeneralSecurityException {
    String key = kms.newKey();
    Map<String, String> plain = Map.of("pin", text("plain pin"), "pin_type", "PlainText");
    String issued = http.kms("create-pin", Map.of("keystore_id", "1")).ok().text("pin");
    canary("issued pin", issued);
    for (Map<String, String> pin :
        List.of(plain, Map.of("pin", issued, "pin_type", "CipherText"))) {
      var made =
          http.kms("create-datakey", with(pin, Map.of("key_id", key, "datakey_length", "256")))
              .ok();
      canaries.put("created under " + pin.get("pin_type"), HEX.parseHex(made.text("plain_text")));
      Map<String, String> opening =
          Map.of(
              "key_id",
              key,
              "cipher_text",
              made.text("cipher_text"),
              "datakey_cipher_length",
              "32");
      http.kms("decrypt-datakey", with(pin, opening)).ok();
      var wrong = Map.of("pin", text("wrong " + pin.get("pin_type")), "pin_type", "PlainText");
      refused(http.kms("decrypt-datakey", with(wrong, opening)));
    }
    refused(
        http.kms(
            "create-datakey",
            Map.of("key_id", key, "pin", text("a pin that is none"), "pin_type", "CipherText")));

    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    byte[] pkcs8 = generator.generateKeyPair().getPrivate().getEncoded();
    canaries.put("wrapped RSA key", partOf(pkcs8));
    String hex = HEX.formatHex(pkcs8);
    Map<String, String> wrapping =
        Map.of(
            "key_id", key,
            "plain_text", Deks.withSha256(hex),
            "datakey_plain_length", Integer.toString(pkcs8.length));
    http.kms("encrypt-datakey", with(with(plain, wrapping), Map.of("key_spec", "RSA"))).ok();
    refused(http.kms("encrypt-datakey", with(wrapping, Map.of("key_spec", "SM2"))));

    var pair =
        http.kms("create-rsa-datakey-pair", Map.of("key_id", key, "key_spec", "RSA_2048")).ok();
    canaries.put(
        "RSA private key", partOf(Base64.getDecoder().decode(pair.text("private_key_plain_text"))));
    kms.decrypt(key, pair.text("private_key_cipher_text"));
  }

  /// Of a number deep inside the encoding, whose beginning is no secret.
  private static byte[] partOf(byte[] pkcs8) {
    return Arrays.copyOfRange(pkcs8, pkcs8.length - 64, pkcs8.length - 32);
  }

  private static Map<String, String> with(Map<String, String> members, Map<String, String> more) {
    var all = new TreeMap<>(members);
    all.putAll(more);
    return all;
  }

  /// Keys whose rows were edited: each call fails within the server, which logs it with its stack.
  private void useDamagedKeys(ServerProcess server, Kms kms, Http http) throws SQLException {
    String key = kms.newKey();
    String mac = Keys.make(kms, "HMAC_256", "GENERATE_VERIFY_MAC");
    for (String each : List.of(key, mac)) {
      CorruptionTest.edit(
          server.data(), "UPDATE cmk SET description = 'edited' WHERE id = '%s'".formatted(each));
    }
    String dek = dek("for a damaged key", 64);
    Map<String, Map<String, String>> calls =
        Map.of(
            "encrypt-datakey",
            Map.of(
                "key_id",
                key,
                "plain_text",
                Deks.withSha256(dek),
                "datakey_plain_length",
                "64",
                "pin",
                text("pin for a damaged key"),
                "pin_type",
                "PlainText"),
            "encrypt-data",
            Map.of("key_id", key, "plain_text", text("data for a damaged key")),
            "generate-mac",
            Map.of(
                "key_id",
                mac,
                "mac_algorithm",
                "HMAC_SHA_256",
                "message",
                base64(text("message for a damaged key"))));
    calls.forEach((action, body) -> {
      Http.Answer answer = http.kms(action, body);
      assertThat(answer.status()).describedAs(action + " " + answer.body()).isEqualTo(500);
      String log = server.output();
      assertThat(log.substring(log.indexOf(answer.requestId()))).contains("\tat dev.keyhold.");
    });
  }

  private static void refused(Http.Answer answer) {
    assertThat(answer.status()).describedAs(answer.body()).isEqualTo(400);
  }

  private void changeCredentials(Tenant tenant, String token) {
    Http http = Http.withToken(tenant, token);
    String user =
        http.with("X-Subject-Token", token)
            .get(Login.PATH)
            .ok()
            .json()
            .at("/token/user/id")
            .asText();
    String path = "/v3/users/" + user + "/password";
    var made =
        http.post("/v3.0/OS-CREDENTIAL/credentials", Map.of("credential", Map.of("user_id", user)))
            .ok();
    canary("made secret key", made.json().at("/credential/secret").asText());
    String wrong = text("wrong original password");
    http.post(path, Map.of("user", Map.of("original_password", wrong, "password", "x".repeat(9))));
    http.post(path, Map.of("user", Map.of("password", text("password without original"))));
    String fresh = text("new password");
    http.post(
            path, Map.of("user", Map.of("original_password", tenant.password(), "password", fresh)))
        .ok();
  }

  private String text(String name) {
    String text = name.replace(' ', '-') + "-" + Names.fresh();
    canary(name, text);
    return text;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private void importMaterial(Tenant tenant) throws GeneralSecurityException {
    Kms kms = Kms.of(tenant);
    var importer = new Importer(kms);
    String secret = importer.external("AES_256");
    byte[] material = HEX.parseHex(dek("imported", 32));
    importer.importMaterial(secret, Importer.OAEP, material);
    kms.encrypt(secret, dek("under imported material", 64));
    importer.delete(secret);
    var other = importer.delivery(secret, Importer.OAEP, HEX.parseHex(dek("not the same", 32)));
    fails(() -> importer.importMaterial(other));
    String unfit = dek("too short", 24);
    var tooShort = importer.delivery(secret, Importer.OAEP, HEX.parseHex(unfit));
    fails(() -> importer.importMaterial(tooShort));

    String pair = importer.external("EC_P256");
    byte[] temporaryKey = HEX.parseHex(dek("temporary", 32));
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    byte[] pkcs8 = generator.generateKeyPair().getPrivate().getEncoded();
    canaries.put("imported pair", Arrays.copyOfRange(pkcs8, pkcs8.length - 32, pkcs8.length));
    importer.importPair(pair, temporaryKey, pkcs8);
  }

  private static void fails(Runnable call) {
    try {
      call.run();
    } catch (ServiceResponseException _) {
      return;
    }
    throw new AssertionError("should have failed");
  }

  private void useRawHttp(Tenant tenant, String token, String name) {
    Http http = Http.withToken(tenant, token);
    String key =
        http.kms("create-key", Map.of("key_alias", name))
            .ok()
            .json()
            .at("/key_info/key_id")
            .asText();
    for (String malformed :
        List.of(
            "{\"plain_text\":\"%s\"",
            "%s",
            "{\"plain_text\":{\"x\":\"%s\"}}",
            "{\"key_id\":\"%s\"}",
            "{\"%s\":1,\"%<s\":2}",
            "{\"key_id\":\"" + key + "\",\"plain_text\":\"%s\",\"datakey_plain_length\":\"%<s\"}",
            "{\"key_id\":\"" + key + "\",\"plain_text\":\"%s!\",\"datakey_plain_length\":\"32\"}",
            "{\"key_id\":\"" + key + "\",\"plain_text\":\"x\",\"sequence\":\"%s\"}")) {
      http.kms("encrypt-datakey", malformed.formatted(dek("malformed " + malformed, 32)));
    }
    http.kms("gen-random", Map.of("random_data_length", dek("as a number", 8)));
    http.kms("create-datakey", Map.of("key_id", key, "key_spec", dek("as a spec", 16)));
    http.kms("list-keys", Map.of("marker", dek("as a marker", 16)));
    http.kms("create-key", Map.of("key_alias", dek("as a name", 16) + " "));

    Http.withToken(tenant, token + "x").get(http.kmsPath("user-instances"));
    Http.anonymous(tenant).with("Authorization", token).get(http.kmsPath("user-instances"));
    http.with("X-Subject-Token", token).get(Login.PATH);
    http.with("X-Subject-Token", token + "x").get(Login.PATH);
    http.get("/nowhere?token=" + token);
    http.get("/v3/projects?name=" + URLEncoder.encode(tenant.password(), StandardCharsets.UTF_8));
    String nearly = "nearly-" + Names.fresh();
    canary("wrong password", nearly);
    Login.withPassword(tenant, nearly, Login.projectById(tenant));
    canary("password of nobody", "of-nobody-" + Names.fresh());
    Http.anonymous(tenant)
        .post(
            Login.PATH,
            Login.body(
                "nobody",
                tenant.domainName(),
                new String(canaries.get("password of nobody"), StandardCharsets.UTF_8),
                Login.projectById(tenant)));
    http.send(
        "POST",
        Login.PATH,
        ("{\"auth\":{\"identity\":{\"password\":{\"user\":{\"password\":\""
                + tenant.password()
                + "\"}}}")
            .getBytes(StandardCharsets.UTF_8));
  }

  /// The JVM prints it to its output on SIGQUIT.
  private static void threadDump(ServerProcess server) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-QUIT", Long.toString(server.pid())).start().waitFor();
    for (int i = 0; i < 500 && !server.output().contains("Full thread dump"); i++) {
      ServerProcess.pause(Duration.ofMillis(10));
    }
    assertThat(server.output()).contains("Full thread dump");
  }
}
