package dev.keyhold.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WrkTest {
  private static final PlainRequest REQUEST =
      PlainRequest.post("/x", "{\"a\":\"b\\c\"}").with("X-Auth-Token", "t");

  @Test
  void resultLineIsFoundAmongWhatWrkPrints() throws LoadFailed {
    String output =
        """
        Running 1s test @ http://127.0.0.1:1/x
        result 5000 1000100 640 1900 0 0
        """;

    assertThat(Wrk.parse(output, REQUEST.toString()))
        .isEqualTo(new Generator.Slice(5000, Duration.ofNanos(1_000_100_000), 640, 1900));
  }

  @Test
  void refusedRequestsAreNoResult() {
    assertThatThrownBy(() -> Wrk.parse("result 5000 1000100 640 1900 3 0\n", REQUEST.toString()))
        .isInstanceOf(LoadFailed.class)
        .hasMessage("POST /x: of 5000 requests, 3 were refused and 0 got no answer");
  }

  @Test
  void scriptQuotesForLua() {
    assertThat(Wrk.script(REQUEST))
        .contains("wrk.method = \"POST\"\n")
        .contains("wrk.headers[\"X-Auth-Token\"] = \"t\"\n")
        .contains("wrk.body = \"{\\\"a\\\":\\\"b\\\\c\\\"}\"\n");
  }
}
