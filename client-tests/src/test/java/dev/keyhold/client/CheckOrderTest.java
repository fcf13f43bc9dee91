package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.client.Http.Answer;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  }

  private static Answer encrypt(Set<Fault> faults) {
    var members = new LinkedHashMap<String, Object>();
    members.put(
        "key_id",
        faults.contains(Fault.KEY_ID)
            ? "x"
            : faults.contains(Fault.UNKNOWN_KEY) ? Names.UNKNOWN_KEY : KEY);
    members.put("sequence", faults.contains(Fault.SEQUENCE) ? "x" : Names.UNKNOWN_KEY);
    members.put(
        "encryption_context", Map.of("a", faults.contains(Fault.CONTEXT) ? "x".repeat(8193) : "x"));
    members.put("datakey_plain_length", faults.contains(Fault.LENGTH) ? "0" : "16");
    if (!faults.contains(Fault.MISSING_MEMBER)) {
      members.put("plain_text", plainText(faults));
    }
    return HTTP.kms(
        "encrypt-datakey", Http.json(members) + (faults.contains(Fault.JSON) ? "}" : ""));
  }

  private static String plainText(Set<Fault> faults) {
    if (faults.contains(Fault.HEX)) {
      return "xy";
    }
    if (faults.contains(Fault.OTHER_LENGTH)) {
      return DATAKEY + "00" + NO_DIGEST;
    }
    return faults.contains(Fault.DIGEST) ? DATAKEY + NO_DIGEST : Deks.withSha256(DATAKEY);
  }

  @ParameterizedTest
  @EnumSource
  void theFirstFaultIsTold(Fault first) {
    Answer answer = encrypt(EnumSet.range(first, Fault.UNKNOWN_KEY));
    assertThat(answer.code()).describedAs(answer.body()).isEqualTo(first.code);
  }

  /// A context of the wrong type is found while the request is read, and keeps its place.
  @Test
  void aMistypedContextIsToldInItsTurn() {
    for (Object context : new Object[] {1, "x", List.of(), Map.of("a", 1)}) {
      var members = new LinkedHashMap<String, Object>();
      members.put("encryption_context", context);
      members.put("datakey_length", "0");
      members.put("sequence", "x");
      assertThat(HTTP.kms("create-datakey", members).code()).isEqualTo("KMS.0204");
      members.put("key_id", "x");
      assertThat(HTTP.kms("create-datakey", members).code()).isEqualTo("KMS.0205");
      members.put("key_id", KEY);
      assertThat(HTTP.kms("create-datakey", members).code()).isEqualTo("KMS.0206");
      members.remove("sequence");
      assertThat(HTTP.kms("create-datakey", members).code()).isEqualTo("KMS.0208");
      members.remove("encryption_context");
      assertThat(HTTP.kms("create-datakey", members).code()).isEqualTo("KMS.1901");
    }
  }

  @Test
  void createKeyLooksAtTheSequenceBeforeTheName() {
    var members = new LinkedHashMap<String, Object>(Map.of("key_alias", "?", "sequence", "x"));
    assertThat(HTTP.kms("create-key", members).code()).isEqualTo("KMS.0206");
    members.remove("sequence");
    assertThat(HTTP.kms("create-key", members).code()).isEqualTo("KMS.1101");
  }

  @Test
  void theRequestIsSoundWhenAllAreRepaired() {
    assertThat(encrypt(Set.of()).ok().text("key_id")).isEqualTo(KEY);
  }
}
