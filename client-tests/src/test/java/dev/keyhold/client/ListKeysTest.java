package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.KeyDetails;
import com.huaweicloud.sdk.kms.v2.model.ListKeysRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ListKeysRequestBody.KeySpecEnum;
import com.huaweicloud.sdk.kms.v2.model.ListKeysResponse;
import com.huaweicloud.sdk.kms.v2.model.ListKeysResponse.TruncatedEnum;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// list-keys, user-instances and user-quotas, on a server of its own whose keys are known: 7
/// AES_256 keys, of which 2 are disabled and 1 is pending deletion, and 2 SM4 keys.
class ListKeysTest {
  private static final ServerProcess SERVER = ServerProcess.onNewFolder();
  private static final List<String> AES_KEYS = new ArrayList<>();
  private static final List<String> SM4_KEYS = new ArrayList<>();
  private static String enterpriseProject = "";
  private static Kms kms;

  @BeforeAll
  static void makeKeys() {
    SERVER.start();
    kms = Kms.of(SERVER.tenant());
    for (int i = 0; i < 4; i++) {
      AES_KEYS.add(kms.newKey());
    }
    AES_KEYS.add(kms.newDisabledKey());
    AES_KEYS.add(kms.newDisabledKey());
    AES_KEYS.add(kms.newKeyPendingDeletion());
    SM4_KEYS.add(kms.newSm4Key());
    enterpriseProject = UUID.randomUUID().toString();
    SM4_KEYS.add(
        kms.createKey(
                new CreateKeyRequestBody()
                    .withKeyAlias(Names.fresh())
                    .withKeySpec(CreateKeyRequestBody.KeySpecEnum.SM4)
                    .withEnterpriseProjectId(enterpriseProject))
            .getKeyId());
    Kms.of(SERVER.otherTenant()).newKey();
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static ListKeysRequestBody request() {
    return new ListKeysRequestBody();
  }

  private static ListKeysRequestBody all() {
    return request().withKeySpec(KeySpecEnum.ALL);
  }

  private static List<String> allKeys() {
    var keys = new ArrayList<>(AES_KEYS);
    keys.addAll(SM4_KEYS);
    return keys;
  }

  @Test
  void aes256KeysAreListedUnlessAnotherSpecIsNamed() {
    ListKeysResponse listed = kms.list(request());

    assertThat(listed.getKeys()).containsExactlyInAnyOrderElementsOf(AES_KEYS);
    assertThat(listed.getTotal()).isEqualTo(AES_KEYS.size());
    assertThat(listed.getTruncated()).isEqualTo(TruncatedEnum.FALSE);
    assertThat(listed.getNextMarker()).isEmpty();
  }

  @Test
  void specIsAFilter() {
    assertThat(kms.list(request().withKeySpec(KeySpecEnum.AES_256)).getKeys())
        .containsExactlyInAnyOrderElementsOf(AES_KEYS);
    assertThat(kms.list(request().withKeySpec(KeySpecEnum.SM4)).getKeys())
        .containsExactlyInAnyOrderElementsOf(SM4_KEYS);
    assertThat(kms.list(all()).getKeys()).containsExactlyInAnyOrderElementsOf(allKeys());
  }

  @Test
  void detailsAreThoseOfDescribeKeyInTheOrderOfTheIds() {
    ListKeysResponse listed = kms.list(all());

    assertThat(listed.getKeyDetails().stream().map(KeyDetails::getKeyId).toList())
        .isEqualTo(listed.getKeys());
    for (KeyDetails details : listed.getKeyDetails()) {
      assertThat(details).isEqualTo(kms.describe(details.getKeyId()));
    }
  }

  @Test
  void stateIsAFilter() {
    assertThat(kms.list(all().withKeyState("2")).getTotal()).isEqualTo(6);
    assertThat(kms.list(all().withKeyState("3")).getKeys())
        .containsExactlyInAnyOrderElementsOf(AES_KEYS.subList(4, 6));
    ListKeysResponse pending = kms.list(request().withKeyState("4"));
    assertThat(pending.getKeys()).containsExactlyElementsOf(AES_KEYS.subList(6, 7));
    assertThat(pending.getKeyDetails().getFirst().getKeyState()).isEqualTo("4");
    for (String other : new String[] {"1", "5"}) {
      ListKeysResponse none = kms.list(all().withKeyState(other));
      assertThat(none.getKeys()).isEmpty();
      assertThat(none.getKeyDetails()).isEmpty();
      assertThat(none.getTotal()).isZero();
    }
  }

  @Test
  void enterpriseProjectIsAFilter() {
    assertThat(kms.list(all().withEnterpriseProjectId(enterpriseProject)).getKeys())
        .containsExactly(SM4_KEYS.getLast());
    assertThat(kms.list(all().withEnterpriseProjectId("0")).getTotal()).isEqualTo(8);
    assertThat(kms.list(all().withEnterpriseProjectId("all")).getTotal()).isEqualTo(9);
  }

  @Test
  void pagesTogetherAreTheWholeListOnce() {
    for (int limit : new int[] {1, 2, 3, 4, 8, 9, 10}) {
      var seen = new ArrayList<String>();
      String marker = "0";
      int pages = 0;
      while (!marker.isEmpty()) {
        ListKeysResponse page =
            kms.list(all().withLimit(Integer.toString(limit)).withMarker(marker));
        assertThat(page.getTotal()).isEqualTo(9);
        assertThat(page.getKeys()).hasSizeLessThanOrEqualTo(limit);
        seen.addAll(page.getKeys());
        boolean last = seen.size() == 9;
        assertThat(page.getTruncated()).isEqualTo(last ? TruncatedEnum.FALSE : TruncatedEnum.TRUE);
        marker = page.getNextMarker();
        assertThat(marker.isEmpty()).isEqualTo(last);
        pages++;
      }
      assertThat(pages).isEqualTo(Math.ceilDiv(9, limit));
      assertThat(seen).containsExactlyInAnyOrderElementsOf(allKeys());
    }
  }

  @Test
  void markerBeyondTheEndGivesAnEmptyPage() {
    ListKeysResponse page = kms.list(all().withMarker("9"));

    assertThat(page.getKeys()).isEmpty();
    assertThat(page.getTruncated()).isEqualTo(TruncatedEnum.FALSE);
    assertThat(page.getNextMarker()).isEmpty();
    assertThat(page.getTotal()).isEqualTo(9);
    assertThat(kms.list(all().withMarker("100000")).getKeys()).isEmpty();
  }

  @Test
  void emptyStringsCountAsAbsent() {
    ListKeysResponse listed =
        kms.list(
            request()
                .withLimit("")
                .withMarker("")
                .withKeyState("")
                .withKeySpec(KeySpecEnum.fromValue(""))
                .withEnterpriseProjectId("")
                .withSequence(""));

    assertThat(listed.getKeys()).containsExactlyInAnyOrderElementsOf(AES_KEYS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1001", "x", "1.5", " 1", "99999999999999999999"})
  void badLimitIsRefused(String limit) {
    refused("KMS.1601", () -> kms.list(request().withLimit(limit)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "x", "1.5", "0x1", "99999999999999999999"})
  void badMarkerIsRefused(String marker) {
    refused("KMS.1602", () -> kms.list(request().withMarker(marker)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "6", "7", "22", "x", "-2"})
  void badStateIsRefused(String state) {
    refused("KMS.0308", () -> kms.list(request().withKeyState(state)));
  }

  @Test
  void badSpecIsRefusedAsTheOtherFiltersAre() {
    for (String spec : List.of("AES_512", "aes_256", "all", " ALL")) {
      refused("KMS.0308", () -> kms.list(request().withKeySpec(KeySpecEnum.fromValue(spec))));
    }
  }

  @Test
  void badSequenceIsRefused() {
    refused("KMS.0206", () -> kms.list(request().withSequence("x")));
  }

  @Test
  void badEnterpriseProjectIsRefused() {
    refused("KMS.0308", () -> kms.list(request().withEnterpriseProjectId("x")));
  }

  @Test
  void otherAccountSeesItsOwnKeysOnly() {
    ListKeysResponse listed = Kms.of(SERVER.otherTenant()).list(all());

    assertThat(listed.getTotal()).isEqualTo(1);
    assertThat(allKeys()).doesNotContainAnyElementsOf(listed.getKeys());
  }

  @Test
  void instancesAreTheKeysOfTheProject() {
    assertThat(kms.instances()).isEqualTo(9);
    assertThat(Kms.of(SERVER.otherTenant()).instances()).isEqualTo(1);
  }

  @Test
  void quotasTellWhatIsUsedOfHowMuch() {
    var resources = kms.quotas();

    assertThat(resources.stream().map(it -> it.getType().getValue()))
        .containsExactlyInAnyOrder("CMK", "grant_per_CMK");
    for (var resource : resources) {
      if (resource.getType().getValue().equals("CMK")) {
        assertThat(resource.getUsed()).isEqualTo(9);
        assertThat(resource.getQuota()).isEqualTo(100_000);
      } else {
        assertThat(resource.getUsed()).isZero();
        assertThat(resource.getQuota()).isEqualTo(100);
      }
    }
  }
}
