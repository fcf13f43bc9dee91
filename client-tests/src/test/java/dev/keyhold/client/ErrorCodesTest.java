package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.client.Http.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every error code there is: a request that earns it, or the test that does.
class ErrorCodesTest {
  private static final int QUOTA = 8;
  private static final ServerProcess SERVER =
      ServerProcess.onNewFolder()
          .with("quotas.cmks", Integer.toString(QUOTA))
          .with("limits.head-time", "3s");

  /// Codes that need more than a request to a few keys.
  private static final Map<Class<?>, List<String>> ELSEWHERE =
      Map.of(
          CorruptionTest.class, List.of("KMS.0101"),
          OverloadTest.class, List.of("KMS.0104", "APIGW.0308"),
          GrantsTest.class, numbers("0306 2401 2402 2404 2405 2501 2502"),
          ImportTest.class,
              numbers("0309 0310 0311 0312 2601 2602 2603 2604 2605 2606 2608 2609 2610 2701 2702"),
          RotationTest.class, numbers("0313 2901 3001"),
          KeystoresTest.class, numbers("0315 0316 0317 0318 0338 0339 1603"),
          MultiRegionTest.class, numbers("0319 1404"),
          KeyKindRefusalsTest.class, numbers("0329 0331 0332 1114 1115 2105 2106 2108"),
          TagsTest.class,
              numbers(
                  "0401 0402 0403 0404 0405 0406 0407 0408 0409 0410 0411 0412 0413 0414 0415 0416"
                      + " 0417 0418"));

  private static final Path SOURCES = Path.of("src/test/java/dev/keyhold/client");
  private static final Pattern CODE = Pattern.compile("- `([A-Z]+\\.[0-9]{4})`");

  private static Http http;
  private static List<ErrorRows.Row> rows = List.of();

  @BeforeAll
  static void start() {
    SERVER.start();
    String expiredToken = Login.token(SERVER.tenant());
    SERVER.stop();
    SERVER.withEnvironment("KEYHOLD_DEV_CLOCK_OFFSET", "PT25H").start();
    http = Http.loggedIn(SERVER.tenant());
    rows = new ErrorRows(SERVER, expiredToken, QUOTA).all();
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static List<String> numbers(String numbers) {
    return Stream.of(numbers.split(" ")).map(number -> "KMS." + number).toList();
  }

  @TestFactory
  Stream<DynamicTest> everyCodeIsEarned() {
    return rows.stream()
        .map(row ->
            DynamicTest.dynamicTest(
                row.toString(),
                () -> {
                  Answer answer = row.call().get();
                  assertThat(answer.code()).describedAs(answer.body()).isEqualTo(row.code());
                  assertThat(answer.status()).isEqualTo(row.status());
                }));
  }

  /// What the server describes as its errors, and nothing else, is in the table or earned
  /// elsewhere.
  @Test
  void noCodeIsForgotten() throws IOException {
    var earned = new TreeSet<String>();
    rows.forEach(row -> earned.add(row.code()));
    for (var test : ELSEWHERE.entrySet()) {
      assertThat(earned).doesNotContainAnyElementsOf(test.getValue());
      String source = Files.readString(SOURCES.resolve(test.getKey().getSimpleName() + ".java"));
      assertThat(test.getValue()).allSatisfy(code -> assertThat(source).contains('"' + code + '"'));
      earned.addAll(test.getValue());
    }
    JsonNode schemas = http.get("/openapi.json").ok().json().at("/components/schemas");
    var described = new TreeSet<String>();
    schemas
        .at("/KmsError/properties/error/properties/error_code/enum")
        .forEach(code -> described.add(code.asText()));
    schemas
        .at("/GatewayError/properties/error_code/enum")
        .forEach(code -> described.add(code.asText()));
    assertThat(earned).isEqualTo(described);
  }

  /// A code that comes with several statuses has a row for each.
  @Test
  void noStatusIsForgotten() {
    var described = new TreeMap<String, Set<Integer>>();
    JsonNode responses = http.get("/openapi.json").ok().json().at("/components/responses");
    responses
        .fields()
        .forEachRemaining(response ->
            CODE.matcher(response.getValue().path("description").asText())
                .results()
                .forEach(code ->
                    described
                        .computeIfAbsent(code.group(1), _ -> new TreeSet<>())
                        .add(Integer.valueOf(response.getKey().replaceAll("[^0-9]", "")))));
    var earned = new TreeMap<String, Set<Integer>>();
    rows.stream()
        .filter(row -> described.containsKey(row.code()))
        .forEach(row -> earned.computeIfAbsent(row.code(), _ -> new TreeSet<>()).add(row.status()));
    assertThat(earned)
        .isNotEmpty()
        .allSatisfy((code, statuses) ->
            assertThat(statuses).describedAs(code).isEqualTo(described.get(code)));
  }
}
