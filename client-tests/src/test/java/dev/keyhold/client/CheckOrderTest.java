package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.client.Http.Answer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Of several faults the first in the API's order is told: one request with all of them, repaired
/// one by one.
class CheckOrderTest {
  private static final String DATAKEY = "00".repeat(16);
  private static final String NO_DIGEST = "00".repeat(32);
  private static final Http HTTP = SharedServer.http();
  private static final String KEY = SharedServer.kms().newKey();

  enum Fault {
    JSON("KMS.0202"),
    MISSING_MEMBER("KMS.0204"),
    KEY_ID("KMS.0205"),
    SEQUENCE("KMS.0206"),
    CONTEXT("KMS.0208"),
    LENGTH("KMS.2102"),
    HEX("KMS.2101"),
    OTHER_LENGTH("KMS.2104"),
    DIGEST("KMS.2103"),
    UNKNOWN_KEY("KMS.0207");

    private final String code;

    Fault(String code) {
      this.code = code;
    }

    boolean isIn(int repaired) {
      return ordinal() >= repaired;
    }
  }

  /// @param repaired how many of the faults, the first ones, are repaired
  private static Answer encrypt(int repaired) {
    var members = new LinkedHashMap<String, Object>();
    members.put(
        "key_id",
        Fault.KEY_ID.isIn(repaired)
            ? "x"
            : Fault.UNKNOWN_KEY.isIn(repaired) ? Names.UNKNOWN_KEY : KEY);
    members.put("sequence", Fault.SEQUENCE.isIn(repaired) ? "x" : Names.UNKNOWN_KEY);
    members.put(
        "encryption_context", Map.of("a", Fault.CONTEXT.isIn(repaired) ? "x".repeat(8193) : "x"));
    members.put("datakey_plain_length", Fault.LENGTH.isIn(repaired) ? "0" : "16");
    if (!Fault.MISSING_MEMBER.isIn(repaired)) {
      members.put("plain_text", plainText(repaired));
    }
    return HTTP.kms("encrypt-datakey", Http.json(members) + (Fault.JSON.isIn(repaired) ? "}" : ""));
  }

  private static String plainText(int repaired) {
    if (Fault.HEX.isIn(repaired)) {
      return "xy";
    }
    if (Fault.OTHER_LENGTH.isIn(repaired)) {
      return DATAKEY + "00" + NO_DIGEST;
    }
    return Fault.DIGEST.isIn(repaired) ? DATAKEY + NO_DIGEST : Deks.withSha256(DATAKEY);
  }

  @ParameterizedTest
  @EnumSource
  void theFirstFaultIsTold(Fault first) {
    Answer answer = encrypt(first.ordinal());
    assertThat(answer.code()).describedAs(answer.body()).isEqualTo(first.code);
  }

  @Test
  void theRequestIsSoundWhenAllAreRepaired() {
    assertThat(encrypt(Fault.values().length).ok().text("key_id")).isEqualTo(KEY);
  }
}
