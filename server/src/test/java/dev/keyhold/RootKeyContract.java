package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.seal.SealException;
import dev.keyhold.store.StorePosition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `keyhold root-key replace`, whatever the store is.
abstract class RootKeyContract extends RootKeySetup {
  /// Another store of the kind, empty.
  abstract Map<String, String> emptyStore(Path data);

  /// Spoils the wrapped KEK of a project, behind Keyhold's back.
  abstract void damageKek(String scope) throws Exception;

  @Test
  void storeOpensWithTheNewRootKeyAloneAndEveryKekIsTheSame() throws Exception {
    replace("a");
    assertReplaced("a");
    Map<String, String> old = flags("a");
    old.put("seal.file", kept("a").toString());
    assertThatThrownBy(() -> keks(config(old)))
        .isInstanceOf(SealException.class)
        .hasMessageContaining(oldId)
        .hasMessageContaining(".new behind its name");
  }

  @Test
  void rootKeyIsReplacedAgainAndAgain() throws Exception {
    replace("a");
    String second = id(rootKey("a"));
    replace("a");
    assertReplaced("a");
    assertThat(id(node("a").resolve("root.key.old-" + second))).isEqualTo(second);
  }

  @Test
  void backupsOpenWithTheRootKeyOfTheirTime() throws Exception {
    Path earlier = folder.resolve("earlier");
    Path later = folder.resolve("later");
    run(new BackupCommand(), flags("a"), "--output", earlier.toString());
    replace("a");
    run(new BackupCommand(), flags("a"), "--output", later.toString());

    assertThatThrownBy(() -> restore(earlier, rootKey("a")))
        .isInstanceOf(SealException.class)
        .hasMessageContaining(oldId);
    assertRestored(earlier, kept("a"));
    assertThatThrownBy(() -> restore(later, kept("a"))).isInstanceOf(SealException.class);
    assertRestored(later, rootKey("a"));
  }

  private Map<String, String> restore(Path backup, Path rootKey) throws Exception {
    Path data = Files.createTempDirectory(folder, "restored-").resolve("data");
    Map<String, String> flags = new HashMap<>(emptyStore(data));
    flags.putAll(seal());
    flags.put("data", data.toString());
    flags.put("seal.file", rootKey.toString());
    flags.put("anchor.file", data.resolveSibling("anchor").toString());
    run(new RestoreCommand(), flags, "--input", backup.toString());
    return flags;
  }

  private void assertRestored(Path backup, Path rootKey) throws Exception {
    Map<String, String> flags = restore(backup, rootKey);
    assertOpens(config(flags));
    verify(flags);
  }

  @Test
  void restoredOldStoreGetsAnotherRootKeyToo() throws Exception {
    Path earlier = folder.resolve("earlier");
    run(new BackupCommand(), flags("a"), "--output", earlier.toString());
    replace("a");
    Map<String, String> flags = restore(earlier, kept("a"));
    run(new RootKeyCommand(NOBODY), flags, "replace");
    verify(flags);
  }

  @Test
  void anchorStaysWhatItWas() throws Exception {
    replace("a");
    Path anchor = node("a").resolve("root.key.anchor");
    String place = Files.readString(anchor);
    assertThat(place).contains("position=");
    assertReplaced("a"); // the start would refuse one that it can't open
    try (Instance instance = Instance.open(config("a"))) {
      assertThat(Files.readString(anchor)).contains(StorePosition.of(instance.database()).store());
    }
  }

  @Test
  void oneDamagedKekKeepsEverythingAsItIs() throws Exception {
    damageKek("project:" + projects.get(1).text());
    byte[] file = Files.readAllBytes(rootKey("a"));
    assertThatThrownBy(() -> replace("a"))
        .isInstanceOf(SealException.class)
        .hasMessageContaining(projects.get(1).text())
        .hasMessageContaining("Nothing was changed");
    assertThat(rootKey("a")).hasBinaryContent(file);
    assertThat(next("a")).doesNotExist();
    assertThat(kept("a")).doesNotExist();
    Instance.open(config("a")).close(); // with the root key that it had
  }

  @Test
  void runningNodeKeepsItsRootKey() throws Exception {
    try (Instance running = Instance.open(config("a"))) {
      assertThat(running.iam().isEmpty()).isFalse();
      assertThatThrownBy(() -> replace("a")).hasMessageContaining("Another Keyhold");
    }
    assertThat(next("a")).doesNotExist();
    replace("a");
    assertReplaced("a");
  }

  @Test
  void storeThatWasNeverInitialisedIsLeftAlone() {
    Map<String, String> flags = flags("nobody");
    assertThatThrownBy(() -> run(new RootKeyCommand(NOBODY), flags, "replace"))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("keyhold init");
    assertThat(node("nobody").resolve("data")).doesNotExist();
  }

  @Test
  void nextKeyOfAnEarlierAttemptIsUsed() throws Exception {
    killed(RootKeyReplacement.Step.NEXT_WRITTEN, "a");
    String made = id(next("a"));
    replace("a");
    assertReplaced("a");
    assertThat(id(rootKey("a"))).isEqualTo(made);
  }

  @Test
  void nextKeyThatCanNotBeReadStopsAReplacementAndNoStart() throws Exception {
    Files.writeString(next("a"), "keyhold-root-key-v1 broken\n");
    Files.setPosixFilePermissions(next("a"), PosixFilePermissions.fromString("rw-------"));
    assertOpens(config("a"));
    assertThatThrownBy(() -> replace("a"))
        .isInstanceOf(SealException.class)
        .hasMessageContaining("root.key.new");
    assertThat(id(rootKey("a"))).isEqualTo(oldId);
  }

  private void assertEitherIsWhole(RootKeyReplacement.Step last, String node) throws Exception {
    // No moment has the store's key in no file, nor the old one.
    assertOpens(config(node));
    verify(flags(node));
    if (last.compareTo(RootKeyReplacement.Step.COMMITTED) < 0) {
      assertThat(id(rootKey(node))).isEqualTo(oldId);
    } else {
      assertReplaced(node);
    }
  }

  @ParameterizedTest
  @EnumSource(RootKeyReplacement.Step.class)
  void nextStartOpensTheStoreWhereverItWasKilled(RootKeyReplacement.Step last) throws Exception {
    killed(last, "a");
    assertEitherIsWhole(last, "a");
    assertOpens(config("a")); // and the one after that
    replace("a");
    assertReplaced("a");
  }

  @ParameterizedTest
  @EnumSource(names = {"NEXT_WRITTEN", "WRAPPED", "COMMITTED", "OLD_KEPT"})
  void nextRunFinishesItWhereverItWasKilled(RootKeyReplacement.Step last) throws Exception {
    killed(last, "a");
    String made = id(next("a"));
    replace("a");
    assertReplaced("a");
    assertThat(id(rootKey("a"))).isEqualTo(made);
  }
}
