package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.OperateKeyRequestBody;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// describe-key, update-key-alias, update-key-description.
class UpdateKeyTest {
  private final Kms kms = SharedServer.kms();

  @Test
  void nameIsChanged() {
    String key = kms.newKey();
    String newName = Names.fresh();

    var changed = kms.updateAlias(key, newName);

    assertThat(changed.getKeyId()).isEqualTo(key);
    assertThat(changed.getKeyAlias()).isEqualTo(newName);
    assertThat(kms.describe(key).getKeyAlias()).isEqualTo(newName);
  }

  @Test
  void oldNameIsFreeAgain() {
    String name = Names.fresh();
    String key = kms.createKey(new CreateKeyRequestBody().withKeyAlias(name)).getKeyId();

    kms.updateAlias(key, Names.fresh());

    String heir = kms.createKey(new CreateKeyRequestBody().withKeyAlias(name)).getKeyId();
    assertThat(heir).isNotEqualTo(key);
  }

  @Test
  void ownNameCanBeGivenAgain() {
    String key = kms.newKey();
    String name = kms.describe(key).getKeyAlias();

    assertThat(kms.updateAlias(key, name).getKeyAlias()).isEqualTo(name);
  }

  @Test
  void disabledKeyCanBeRenamedAndDescribed() {
    String key = kms.newDisabledKey();

    kms.updateAlias(key, Names.fresh());
    kms.updateDescription(key, "off");

    assertThat(kms.describe(key).getKeyState()).isEqualTo("3");
    assertThat(kms.describe(key).getKeyDescription()).isEqualTo("off");
  }

  @Test
  void keyPendingDeletionCanNotBeRenamedOrDescribed() {
    String key = kms.newKeyPendingDeletion();

    refused("KMS.0210", () -> kms.updateAlias(key, Names.fresh()));
    refused("KMS.0210", () -> kms.updateDescription(key, "d"));
  }

  @Test
  void badNameIsRefused() {
    String key = kms.newKey();
    String name = kms.describe(key).getKeyAlias();

    for (String bad : new String[] {"", "a b", "x/default", "x".repeat(256)}) {
      refused("KMS.1101", () -> kms.updateAlias(key, bad));
    }
    assertThat(kms.describe(key).getKeyAlias()).isEqualTo(name);
  }

  @Test
  void nameInUseIsRefused() {
    String key = kms.newKey();
    String taken = kms.describe(kms.newKey()).getKeyAlias();

    refused("KMS.1104", () -> kms.updateAlias(key, taken));
  }

  @Test
  void descriptionIsChangedAndEmptied() {
    String key = kms.newKey();

    var changed = kms.updateDescription(key, "密, d'accord \"x\" \\ \n");
    assertThat(changed.getKeyId()).isEqualTo(key);
    assertThat(changed.getKeyDescription()).isEqualTo("密, d'accord \"x\" \\ \n");
    assertThat(kms.describe(key).getKeyDescription()).isEqualTo("密, d'accord \"x\" \\ \n");

    kms.updateDescription(key, "");
    assertThat(kms.describe(key).getKeyDescription()).isEmpty();
  }

  @Test
  void descriptionHasAtMost255Characters() {
    String key = kms.newKey();

    kms.updateDescription(key, "d".repeat(255));
    refused("KMS.1103", () -> kms.updateDescription(key, "d".repeat(256)));
    assertThat(kms.describe(key).getKeyDescription()).isEqualTo("d".repeat(255));
  }

  @Test
  void membersAreRequired() {
    String key = kms.newKey();

    refused("KMS.0204", () -> kms.updateAlias(key, null));
    refused("KMS.0204", () -> kms.updateAlias(null, Names.fresh()));
    refused("KMS.0204", () -> kms.updateDescription(key, null));
    refused("KMS.0204", () -> kms.updateDescription(null, "d"));
    refused("KMS.0204", () -> kms.describe(new OperateKeyRequestBody()));
  }

  @Test
  void unknownKeyIsNotFound() {
    String unknown = Names.UNKNOWN_KEY;

    refused(404, "KMS.0207", () -> kms.describe(unknown));
    refused(404, "KMS.0207", () -> kms.updateAlias(unknown, Names.fresh()));
    refused(404, "KMS.0207", () -> kms.updateDescription(unknown, "d"));
  }

  @Test
  void malformedKeyIdIsRefused() {
    refused("KMS.0205", () -> kms.describe("x"));
    refused("KMS.0205", () -> kms.updateAlias("x", Names.fresh()));
    refused("KMS.0205", () -> kms.updateDescription("x", "d"));
  }

  @Test
  void badSequenceIsRefused() {
    String key = kms.newKey();

    refused(
        "KMS.0206",
        () -> kms.describe(new OperateKeyRequestBody().withKeyId(key).withSequence("x")));
    Http http = SharedServer.http();
    for (var call :
        Map.of("update-key-alias", "key_alias", "update-key-description", "key_description")
            .entrySet()) {
      Http.Answer answer =
          http.kms(call.getKey(), Map.of("key_id", key, call.getValue(), "new", "sequence", "x"));
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.code()).isEqualTo("KMS.0206");
    }
    assertThat(kms.describe(key).getKeyAlias()).isNotEqualTo("new");
    assertThat(kms.describe(key).getKeyDescription()).isNotEqualTo("new");
  }
}
