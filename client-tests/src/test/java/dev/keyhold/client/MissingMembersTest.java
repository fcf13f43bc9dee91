package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Each required member of the calls that use keys is missed by its name, whatever else is wrong.
class MissingMembersTest {
  private static final Map<String, List<String>> REQUIRED =
      Map.of(
          "encrypt-datakey", List.of("key_id", "plain_text", "datakey_plain_length"),
          "decrypt-datakey", List.of("key_id", "cipher_text", "datakey_cipher_length"),
          "encrypt-data", List.of("key_id", "plain_text"),
          "decrypt-data", List.of("cipher_text"),
          "sign", List.of("key_id", "message", "signing_algorithm"),
          "verify", List.of("key_id", "message", "signature", "signing_algorithm"),
          "get-publickey", List.of("key_id"),
          "generate-mac", List.of("key_id", "mac_algorithm", "message"),
          "verify-mac", List.of("key_id", "mac_algorithm", "message", "mac"),
          "re-encrypt", List.of("destination_key_id", "cipher_text"));

  private final Http http = SharedServer.http();

  @TestFactory
  Stream<DynamicTest> eachIsMissedByItsName() {
    return REQUIRED.entrySet().stream()
        .flatMap(call ->
            call.getValue().stream()
                .map(member -> isMissed(call.getKey(), call.getValue(), member)));
  }

  private DynamicTest isMissed(String action, List<String> members, String missing) {
    return DynamicTest.dynamicTest(
        action + " without " + missing,
        () -> {
          Map<String, Object> body = new HashMap<>();
          members.forEach(member -> body.put(member, "?"));
          body.put("sequence", "?");
          body.put("encryption_context", 1);
          body.remove(missing);
          var answer = http.kms(action, body);
          assertThat(answer.code()).describedAs(answer.body()).isEqualTo("KMS.0204");
          assertThat(answer.body()).contains(" " + missing + " ");
        });
  }

  /// Whether it is required is another member's to say.
  @TestFactory
  Stream<DynamicTest> soIsTheKeyOfABareCiphertext() {
    var wrong = Map.of("cipher_text", "?", "destination_key_id", "?", "sequence", "?");
    return Map.of("decrypt-data", "", "re-encrypt", "source_").entrySet().stream()
        .map(call ->
            DynamicTest.dynamicTest(
                call.getKey(),
                () -> {
                  var body = new HashMap<String, String>(wrong);
                  body.put(call.getValue() + "encryption_algorithm", "SM2_ENCRYPT");
                  var answer = http.kms(call.getKey(), body);
                  assertThat(answer.code()).describedAs(answer.body()).isEqualTo("KMS.0204");
                  assertThat(answer.body()).contains(call.getValue() + "key_id is required");
                }));
  }
}
