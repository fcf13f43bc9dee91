package dev.keyhold.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {
  private final TrustedProxies proxies =
      TrustedProxies.parse("10.0.0.0/8, 192.168.7.9,fd00::/9").orElseThrow();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/08",
        "10.0.0/8",
        "proxy.example.com",
        "::/129",
        "fe80::1%eth0",
        "10.0.0.0/8,",
        "10.0.0.0/-1",
        "0x7f.0.0.1"
      })
  void whatIsNoNetworkIsRefused(String text) {
    assertThat(TrustedProxies.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, true",
    "10.255.255.255, true",
    "11.0.0.0, false",
    "192.168.7.9, true",
    "192.168.7.8, false",
    "fd00::1, true",
    "fd7f:ffff::1, true",
    "fd80::1, false",
    "::1, false",
    "nobody, false",
    "::ffff:10.0.0.1, true"
  })
  void networksEndWhereTheirPrefixSays(String address, boolean trusted) {
    assertThat(proxies.trust(address)).isEqualTo(trusted);
  }

  @Test
  void nobodyIsTrustedByDefault() {
    assertThat(TrustedProxies.none().trust("127.0.0.1")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "203.0.113.5 | 203.0.113.5",
        "203.0.113.5:4711 | 203.0.113.5",
        "[2001:db8::7]:4711 | 2001:db8:0:0:0:0:0:7",
        "2001:db8::7 | 2001:db8:0:0:0:0:0:7",
        "198.51.100.1, 203.0.113.5 | 203.0.113.5",
        "198.51.100.1, 203.0.113.5, 10.1.1.1 | 203.0.113.5",
        "10.9.9.9,10.1.1.1 | 10.9.9.9",
        "rubbish, 10.1.1.1 | 10.1.1.1",
        "rubbish | 10.0.0.1",
        "203.0.113.5, | 10.0.0.1",
        "unknown, 203.0.113.5 | 203.0.113.5"
      })
  void lastAddressThatIsNoProxyIsTheSource(String forwarded, String source) {
    assertThat(proxies.source("10.0.0.1", List.of(forwarded))).isEqualTo(source);
  }

  @Test
  void severalHeadersAreOneList() {
    assertThat(proxies.source("10.0.0.1", List.of("203.0.113.5", "10.2.2.2")))
        .isEqualTo("203.0.113.5");
    assertThat(proxies.source("10.0.0.1", List.of("203.0.113.5", "198.51.100.1")))
        .isEqualTo("198.51.100.1");
    assertThat(proxies.source("10.0.0.1", List.of())).isEqualTo("10.0.0.1");
  }

  private record Told(String remoteAddress) {}

  private static final Route TELL =
      Route.get(
          "/tell",
          Access.OPEN,
          Duration.ofSeconds(5),
          RunsOn.EVENT_LOOP,
          exchange -> Answer.ok(new Told(exchange.head().remoteAddress())));

  private static final String ASK =
      "GET /tell HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.5\r\n\r\n";

  @Test
  void headerOfATrustedProxyIsBelieved() throws IOException {
    try (var edge = TestEdge.behind(TrustedProxies.parse("127.0.0.0/8").orElseThrow(), TELL)) {
      assertThat(edge.ask(ASK).body()).contains("203.0.113.5");
    }
  }

  @Test
  void headerOfAnybodyElseIsPassedOver() throws IOException {
    try (var edge = TestEdge.behind(TrustedProxies.parse("127.0.0.2").orElseThrow(), TELL)) {
      assertThat(edge.ask(ASK).body()).contains("127.0.0.1").doesNotContain("203.0.113.5");
    }
  }
}
