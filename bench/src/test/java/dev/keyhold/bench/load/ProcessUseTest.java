package dev.keyhold.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessUseTest {
  @Test
  void aNameWithBlanksAndParenthesesMisleadsNobody() {
    String stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 100 0 0 0 150 50 7 7 20 0 30 0 1 2 3";

    ProcessUse use =
        ProcessUse.parse(
            stat, List.of("Name:\ta", "VmHWM:\t  2048 kB", "VmRSS:\t  1024 kB", "Threads:\t31"));

    assertThat(use).isEqualTo(new ProcessUse(Duration.ofSeconds(2), 1024, 2048, 31));
  }
}
