package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.iam.NewPassword;
import dev.keyhold.iam.Passwords;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PasswordsAheadTest {
  private final Passwords passwords = new Passwords(new SecureRandom());
  private final PasswordsAhead ahead = new PasswordsAhead(passwords);

  @Test
  void eachIsAnotherAndFitsItsHash() {
    ahead.begin(1);

    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 2; i++) { // one that was begun, one that was not
      try (NewPassword made = ahead.get()) {
        assertThat(passwords.matches(made.password(), Optional.of(made.hash()))).isTrue();
        seen.add(made.password().lend(String::new));
      }
    }
    assertThat(seen).hasSize(2).allMatch(text -> text.matches("[A-HJ-NP-Za-km-z2-9]{24}"));
  }
}
