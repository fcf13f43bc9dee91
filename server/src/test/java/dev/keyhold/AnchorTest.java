package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.cli.Command;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.KekScope;
import dev.keyhold.store.StorePosition;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.DefaultParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One anchor file, as `/etc/keyhold` has it, and stores that come, go and are tried beside it.
class AnchorTest {
  private static final String OLD_COPY = "is an old copy of itself";
  private static final String ANOTHER = "is not the one";

  @TempDir private Path folder;
  private Path production;
  private Path trial;
  private Path backup;

  @BeforeEach
  void storeWithABackup() throws Exception {
    production = folder.resolve("production");
    trial = folder.resolve("trial");
    backup = folder.resolve("backup");
    run(new InitCommand(new PrintStream(OutputStream.nullOutputStream())), production);
    work(production);
    run(new BackupCommand(), production, "--output", backup.toString());
    Files.copy(database(production), database(folder), StandardCopyOption.COPY_ATTRIBUTES);
    work(production);
  }

  private static Path database(Path data) {
    return data.resolve("keyhold.db");
  }

  private Map<String, String> flags(Path data) {
    return new HashMap<>(
        Map.of(
            "data", data.toString(),
            "seal.file", folder.resolve("root.key").toString(),
            "anchor.file", folder.resolve("anchor").toString()));
  }

  private Config config(Path data) {
    return ConfigLoader.load(flags(data), Optional.empty(), Map.of(), folder);
  }

  private void run(Command command, Path data, String... more) throws Exception {
    var arguments = new ArrayList<String>();
    flags(data)
        .forEach((name, value) ->
            arguments.addAll(
                name.equals("data")
                    ? List.of("--data", value)
                    : List.of("--set", name + "=" + value)));
    arguments.addAll(List.of(more));
    assertThat(
            command.run(
                new DefaultParser().parse(command.options(), arguments.toArray(String[]::new))))
        .isZero();
  }

  /// A start, a change and a stop.
  ///
  /// @return which store it was
  private String work(Path data) {
    try (var instance = Instance.openOrCreate(config(data))) {
      instance
          .keks()
          .derive(new KekScope.OfProject(ProjectId.random()), "any", 32)
          .close(); // makes one
      return StorePosition.of(instance.database()).store();
    }
  }

  private void refused(Path data, String why) {
    assertThatThrownBy(() -> work(data))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining(why)
        .hasMessageContaining("keyhold store accept");
  }

  private void restore(Path data) throws Exception {
    run(new RestoreCommand(), data, "--input", backup.toString());
  }

  private void putOldCopyIn(Path data) throws IOException {
    Files.copy(
        database(folder),
        database(data),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.COPY_ATTRIBUTES);
  }

  @Test
  void triedRestoreLeavesProductionAsItWas() throws Exception {
    restore(trial);
    String tried = work(trial);
    assertThat(work(production)).isNotEqualTo(tried);
    assertThat(work(trial)).isEqualTo(tried);

    putOldCopyIn(production);
    refused(production, OLD_COPY);
  }

  @Test
  void restoreInTheSamePlaceStartsAndAnOldCopyThereDoesNot() throws Exception {
    Files.delete(database(production));
    restore(production);
    Path restored = Files.copy(database(production), folder.resolve("restored.db"));

    putOldCopyIn(production);
    refused(production, OLD_COPY);

    Files.copy(restored, database(production), StandardCopyOption.REPLACE_EXISTING);
    work(production);
    putOldCopyIn(production);
    refused(production, ANOTHER);
  }

  /// An empty one would stand in the way of the restore.
  @Test
  void noNewStoreIsMadeWhereOneIsGone() throws Exception {
    Files.delete(database(production));
    assertThatThrownBy(() -> work(production))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("There is no database in " + production)
        .hasMessageContaining("restore a backup");
    assertThat(database(production)).doesNotExist();
    restore(production);
    work(production);

    Files.delete(database(production));
    Files.delete(folder.resolve("anchor"));
    work(production); // meant
  }

  @Test
  void storeThatNobodyHasAskedForIsRefused() throws Exception {
    restore(trial);
    Files.copy(database(trial), database(production), StandardCopyOption.REPLACE_EXISTING);
    refused(production, ANOTHER);
    Instance.accept(config(production)).close();
    work(production);
  }

  @Test
  void oldCopyIsRefusedInAnotherFolderToo() throws Exception {
    work(trial);
    putOldCopyIn(trial);
    refused(trial, ANOTHER);
    Path moved = folder.resolve("moved");
    Files.move(production, moved);
    putOldCopyIn(moved);
    refused(moved, OLD_COPY);
  }

  @Test
  void storeThatHasMovedIsAtHomeInItsNewFolder() throws Exception {
    Path moved = folder.resolve("moved");
    Files.move(production, moved);
    Instance.openOrCreate(config(moved)).close(); // without a change
    restore(trial);
    Files.copy(database(trial), database(moved), StandardCopyOption.REPLACE_EXISTING);
    refused(moved, ANOTHER);
  }

  @Test
  void acceptedOldCopyIsTheStoreFromThenOn() throws Exception {
    putOldCopyIn(production);
    refused(production, OLD_COPY);
    Instance.accept(config(production)).close();
    work(production);
  }
}
