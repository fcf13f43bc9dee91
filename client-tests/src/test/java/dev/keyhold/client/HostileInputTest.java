package dev.keyhold.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// All hostile input, one after the other, to a server whose memory and answers are watched. Time
/// and memory decide in the long run only.
@Tag(Chaos.TAG)
@Tag(Chaos.QUICK)
class HostileInputTest {
  private static final long MOST_GROWTH_KIB = 16 * 1024;
  private static final Duration LONGEST = Duration.ofSeconds(1);
  private static final long ENDLESS_BYTES = 10L << 30;
  private static final int LINGER_BYTES = 256 * 1024;

  private final ServerProcess server = SharedServer.server();
  private final Http http = SharedServer.http();
  private final List<HostileInput> inputs = HostileInput.all(http);

  private long mostKib;
  private Duration longest = Duration.ZERO;
  private String slowest = "";

  @Test
  void eachIsRefusedSoonByNameAndLeavesNoTrace() {
    int rounds = Chaos.rounds(1);
    try (var row =
        ChaosReport.of(
                "F19 hostile input",
                "paths, heads, framings and documents that no client makes, 1,000,000 keys, a"
                    + " number of 1 MiB and a body of 10 GiB among them")
            .rounds(rounds)) {
      warmUp();
      longest = Duration.ZERO;
      long before = Held.residentKib(server.pid());
      mostKib = before;
      for (int round = 0; round < rounds; round++) {
        sendAll();
      }
      row.figure(inputs.size() + 1 + " inputs");
      row.figure("slowest answer " + longest.toMillis() + " ms (" + slowest + ")");
      row.figure(
          "RSS grew from " + before / 1024 + " MiB by " + (mostKib - before) + " KiB at most");
      assertThat(http.kms("gen-random", Map.of("random_data_length", "8")).status()).isEqualTo(200);
      assertThat(server.output()).doesNotContain("OutOfMemoryError", "met a bug");
      if (Chaos.measures()) {
        assertThat(longest).describedAs(slowest).isLessThan(LONGEST);
        assertThat(mostKib - before).isLessThan(MOST_GROWTH_KIB);
      }
      row.passed();
    }
  }

  /// Ordinary traffic and each input once: what a server loads, compiles and reserves when it is
  /// called at all is not what an attacker takes of it.
  private void warmUp() {
    for (int i = 0; i < (Chaos.measures() ? 20_000 : 100); i++) {
      http.kms("gen-random", Map.of("random_data_length", "8")).ok();
    }
    sendAll();
  }

  private void sendAll() {
    for (HostileInput input : inputs) {
      isRefusal(input, answer(input));
    }
    endlessBody();
  }

  /// Of what is much too long the server reads no more than a part, and then resets the connection.
  /// Where this process is slow to read, the reset overtakes the answer; so it asks again.
  private String answer(HostileInput input) {
    String answer = "";
    for (int i = 0; i < 10 && answer.isEmpty(); i++) {
      long start = System.nanoTime();
      answer = RawSocket.exchange(server.port(), input.request());
      took(start, input.name());
      if (input.request().length() <= LINGER_BYTES) {
        return answer;
      }
    }
    return answer;
  }

  private void took(long start, String name) {
    var time = Duration.ofNanos(System.nanoTime() - start);
    if (time.compareTo(longest) > 0) {
      longest = time;
      slowest = name.replaceAll("[^ -{}~]", "?");
    }
    mostKib = Math.max(mostKib, Held.residentKib(server.pid()));
  }

  private static void isRefusal(HostileInput input, String answer) {
    assertThat(RawSocket.status(answer))
        .describedAs(input.name() + "\n" + answer)
        .isEqualTo(input.status());
    assertThat(answer)
        .describedAs(input.name())
        .contains(input.code())
        .containsIgnoringCase("x-request-id:")
        .doesNotContain("Exception", "dev.keyhold", "\tat ");
    assertThat(answer.toLowerCase(Locale.ROOT).contains("connection: close"))
        .describedAs(input.name() + "\n" + answer)
        .isEqualTo(input.ends());
  }

  /// Ten gigabytes in chunks, as far as the server lets them come.
  private void endlessBody() {
    byte[] chunks = ("1000\r\n" + "x".repeat(0x1000) + "\r\n").repeat(16).getBytes(ISO_8859_1);
    long sent = 0;
    long start = System.nanoTime();
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      var out = socket.getOutputStream();
      out.write(
          "POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
              .formatted(http.kmsPath("gen-random"))
              .getBytes(ISO_8859_1));
      while (sent < ENDLESS_BYTES) {
        out.write(chunks);
        sent += chunks.length;
      }
    } catch (SocketException _) {
      // What should happen; HostileRequestTest looks at the answer.
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
    took(start, "a body of 10 GiB");
    assertThat(sent).isLessThan(64L << 20);
  }
}
