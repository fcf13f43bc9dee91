package dev.keyhold.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Prepares a development server for a load: a token, keys, a wrapped data key, signatures.
final class Workloads {
  /// What is signed with which key: the rows `sign-` and `verify-`.
  private enum Scheme {
    P256("EC_P256", "ECDSA_SHA_256"),
    SM2("SM2", "SM2DSA_SM3"),
    RSA2048("RSA_2048", "RSASSA_PSS_SHA_256");

    private final String spec;
    private final String algorithm;

    Scheme(String spec, String algorithm) {
      this.spec = spec;
      this.algorithm = algorithm;
    }

    private String row(String call) {
      return call + "-" + name().toLowerCase(Locale.ROOT);
    }
  }

  static final List<String> NAMES =
      List.of(
          "encrypt-datakey",
          "decrypt-datakey",
          "create-datakey",
          "encrypt-datakey-aksk",
          "encrypt-data",
          "sign-p256",
          "verify-p256",
          "sign-sm2",
          "verify-sm2",
          "sign-rsa2048",
          "verify-rsa2048");

  /// Base64 of 32 bytes, as good a digest as any.
  private static final String DIGEST = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

  /// 64 bytes, as [Primitives] has it.
  private static final String DATA = "x".repeat(64);

  // The example of the API page "Encrypting a Data Encryption Key".
  private static final String DEK =
      "7549d9aea901767bf3c0b3e14b10722eaf6f59053bbd82045d04e075e809a0fe"
          + "6ccab48f8e5efe74e4b18ff0512525e527b10331100f357bf42125d8d5ced94f";
  private static final String DEK_SHA_256 =
      "fbc8ac72b0785ca7fe33eb6776ce3990b11e32b299d9c0a9ee0305fb9540f797";
  private static final String DEK_BYTES = "64";
  private static final String DEK_BITS = "512";
  private static final String AAD = "123aad";

  private Workloads() {}

  /// @param data the server's folder, where its credentials are
  static List<Workload> prepare(Api api, Path data) throws IOException, InterruptedException {
    JsonNode tenant = Api.JSON.readTree(Files.readString(data.resolve("dev-credentials.json")));
    String kms = "/v1.0/" + member(tenant, "project_id") + "/kms/";
    String token = api.send(tokenRequest(tenant)).header("X-Subject-Token");
    String keyId = newKey(api, kms, token, "AES_256");

    PlainRequest encrypt =
        call(
            kms + "encrypt-datakey",
            Map.of(
                "key_id", keyId,
                "plain_text", DEK + DEK_SHA_256,
                "datakey_plain_length", DEK_BYTES,
                "additional_authenticated_data", AAD));
    String wrapped = api.send(encrypt.with("X-Auth-Token", token)).text("/cipher_text");
    PlainRequest decrypt =
        call(
            kms + "decrypt-datakey",
            Map.of(
                "key_id", keyId,
                "cipher_text", wrapped,
                "datakey_cipher_length", DEK_BYTES,
                "additional_authenticated_data", AAD));
    checkRoundTrip(api.send(decrypt.with("X-Auth-Token", token)).text("/data_key"));
    PlainRequest create =
        call(kms + "create-datakey", Map.of("key_id", keyId, "datakey_length", DEK_BITS));

    var signer = new RequestSigner(member(tenant, "access_key"), member(tenant, "secret_key"));
    String authority = api.authority();
    api.send(signer.signed(encrypt, authority, Instant.now()));
    var workloads = new ArrayList<Workload>();
    for (Scheme scheme : Scheme.values()) {
      workloads.addAll(signatures(api, kms, token, scheme));
    }
    PlainRequest encryptData =
        call(kms + "encrypt-data", Map.of("key_id", keyId, "plain_text", DATA));
    Collections.addAll(
        workloads,
        Workload.fixed("encrypt-data", encryptData.with("X-Auth-Token", token)),
        Workload.fixed("encrypt-datakey", encrypt.with("X-Auth-Token", token)),
        Workload.fixed("decrypt-datakey", decrypt.with("X-Auth-Token", token)),
        Workload.fixed("create-datakey", create.with("X-Auth-Token", token)),
        new Workload("encrypt-datakey-aksk", now -> signer.signed(encrypt, authority, now)));
    workloads.sort(Comparator.comparingInt(workload -> NAMES.indexOf(workload.name())));
    return workloads;
  }

  private static String newKey(Api api, String kms, String token, String spec)
      throws IOException, InterruptedException {
    Map<String, String> key = Map.of("key_alias", "bench-" + spec, "key_spec", spec);
    return api.send(call(kms + "create-key", key).with("X-Auth-Token", token))
        .text("/key_info/key_id");
  }

  private static List<Workload> signatures(Api api, String kms, String token, Scheme scheme)
      throws IOException, InterruptedException {
    var members = new HashMap<String, String>();
    members.put("key_id", newKey(api, kms, token, scheme.spec));
    members.put("message", DIGEST);
    members.put("signing_algorithm", scheme.algorithm);
    PlainRequest sign = call(kms + "sign", members).with("X-Auth-Token", token);
    members.put("signature", api.send(sign).text("/signature"));
    PlainRequest verify = call(kms + "verify", members).with("X-Auth-Token", token);
    if (!api.send(verify).text("/signature_valid").equals("true")) {
      throw new LoadFailed("verify refused what sign made with " + scheme.spec);
    }
    return List.of(
        Workload.fixed(scheme.row("sign"), sign), Workload.fixed(scheme.row("verify"), verify));
  }

  private static void checkRoundTrip(String datakey) throws LoadFailed {
    if (!datakey.toLowerCase(Locale.ROOT).equals(DEK)) {
      throw new LoadFailed("decrypt-datakey did not give back what encrypt-datakey was given");
    }
  }

  private static PlainRequest tokenRequest(JsonNode tenant) {
    Map<String, Object> user =
        Map.of(
            "name", member(tenant, "user_name"),
            "password", member(tenant, "password"),
            "domain", Map.of("name", member(tenant, "domain_name")));
    Map<String, Object> identity =
        Map.of("methods", List.of("password"), "password", Map.of("user", user));
    Map<String, Object> scope = Map.of("project", Map.of("id", member(tenant, "project_id")));
    return call("/v3/auth/tokens", Map.of("auth", Map.of("identity", identity, "scope", scope)));
  }

  private static PlainRequest call(String path, Map<String, ?> body) {
    return PlainRequest.post(path, Api.JSON.writeValueAsString(body));
  }

  private static String member(JsonNode tenant, String name) {
    return tenant.required(name).stringValue();
  }
}
