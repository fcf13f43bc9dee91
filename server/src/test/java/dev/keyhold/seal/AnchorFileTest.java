package dev.keyhold.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.seal.AnchorFile.Anchor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnchorFileTest {
  private static final String HERE = "0".repeat(32);
  private static final String THERE = "1".repeat(32);
  private static final String A = "a".repeat(32);
  private static final String B = "b".repeat(32);

  @TempDir private Path folder;
  private Path file;
  private Seal seal;
  private AnchorFile anchor;

  @BeforeEach
  void open() {
    file = folder.resolve("root.key.anchor");
    seal = FileSeal.create(folder.resolve("root.key"));
    anchor = new AnchorFile(file, seal);
  }

  @AfterEach
  void close() {
    seal.close();
  }

  @Test
  void eachPlaceHasALineOfItsOwn() throws IOException {
    assertThat(anchor.find(HERE, A)).isEmpty();
    assertThat(anchor.keep(HERE, new Anchor(A, 5))).isTrue();
    assertThat(anchor.keep(THERE, new Anchor(B, 9))).isTrue();
    assertThat(anchor.keep(HERE, new Anchor(A, 6))).isTrue();

    assertThat(anchor.find(HERE, A)).contains(new Anchor(A, 6));
    assertThat(anchor.find(HERE, B)).contains(new Anchor(A, 6)); // for that is who was here
    assertThat(anchor.find(THERE, B)).contains(new Anchor(B, 9));
    assertThat(Files.readAllLines(file)).hasSize(2);
  }

  @Test
  void placeOfAnotherStoreIsNotTaken() throws IOException {
    anchor.keep(HERE, new Anchor(A, 5));
    assertThat(anchor.keep(HERE, new Anchor(B, 99))).isFalse();
    assertThat(anchor.find(HERE, A)).contains(new Anchor(A, 5));
  }

  @Test
  void slowerOfTwoNodesDoesNotTakeThePositionBack() throws IOException {
    anchor.keep(HERE, new Anchor(A, 5));
    assertThat(anchor.keep(HERE, new Anchor(A, 4))).isTrue();
    assertThat(anchor.find(HERE, A)).contains(new Anchor(A, 5));
  }

  /// As after a move to another folder or host.
  @Test
  void storeIsKnownWhereverItComesTo() throws IOException {
    anchor.keep(HERE, new Anchor(A, 5));
    assertThat(anchor.find(THERE, A)).contains(new Anchor(A, 5));
    assertThat(anchor.find(THERE, B)).isEmpty();
    assertThat(anchor.find(THERE, "")).isEmpty();
  }

  @Test
  void storeThatHasLeftStaysKnown() throws IOException {
    anchor.keep(HERE, new Anchor(A, 5));
    assertThat(anchor.release(THERE)).isFalse();
    assertThat(anchor.release(HERE)).isTrue();
    assertThat(anchor.release(HERE)).isFalse();

    assertThat(anchor.find(HERE, "")).isEmpty(); // a restored one may come
    assertThat(anchor.find(HERE, A)).contains(new Anchor(A, 5)); // and no older copy
    anchor.keep(HERE, new Anchor(B, 1));
    assertThat(anchor.find(HERE, A)).contains(new Anchor(B, 1));
    assertThat(anchor.find(THERE, A)).contains(new Anchor(A, 5));
  }

  @Test
  void acceptedStoreCountsWhateverWasKnown() throws IOException {
    anchor.keep(HERE, new Anchor(A, 50));
    anchor.accept(HERE, new Anchor(A, 5));
    assertThat(anchor.find(HERE, A)).contains(new Anchor(A, 5));
    anchor.accept(HERE, new Anchor(B, 2));
    assertThat(anchor.find(HERE, B)).contains(new Anchor(B, 2));
    assertThat(anchor.find(THERE, A)).contains(new Anchor(A, 5));
    anchor.accept(HERE, new Anchor(A, 3));
    assertThat(anchor.find(HERE, A)).contains(new Anchor(A, 3));
    anchor.release(HERE);
    assertThat(anchor.find(HERE, A)).contains(new Anchor(A, 3));
  }

  @Test
  void alteredLineIsRefusedByWhomItConcernsAlone() throws IOException {
    anchor.keep(HERE, new Anchor(A, 5));
    anchor.keep(THERE, new Anchor(B, 9));
    edit("position=5", "position=4");
    String edited = Files.readString(file);

    refused(() -> anchor.find(HERE, A));
    refused(() -> anchor.keep(HERE, new Anchor(A, 7)));
    refused(() -> anchor.release(HERE));
    assertThat(Files.readString(file)).isEqualTo(edited);
    assertThat(anchor.keep(THERE, new Anchor(B, 10))).isTrue();
    refused(() -> anchor.find(HERE, A));

    anchor.accept(HERE, new Anchor(A, 7));
    assertThat(anchor.find(HERE, A)).contains(new Anchor(A, 7));
    assertThat(anchor.find(THERE, B)).contains(new Anchor(B, 10));
  }

  /// Else a store could be told to be at another's place.
  @Test
  void placeIsUnderTheSeal() throws IOException {
    anchor.keep(HERE, new Anchor(A, 5));
    edit(HERE, THERE);
    refused(() -> anchor.find(THERE, A));
  }

  @Test
  void fileThatIsNoneIsRefusedAndAnAcceptedStoreMakesItOne() throws IOException {
    anchor.keep(HERE, new Anchor(A, 5));
    edit("keyhold-anchor-v1", "keyhold-anchor-v9");
    refused(() -> anchor.find(THERE, B));
    refused(() -> anchor.keep(THERE, new Anchor(B, 1)));
    anchor.accept(THERE, new Anchor(B, 1));
    assertThat(anchor.find(THERE, B)).contains(new Anchor(B, 1));
  }

  /// Stores with root keys of their own may share a file.
  @Test
  void linesOfAnotherRootKeyAreInNobodysWay() throws IOException {
    anchor.keep(HERE, new Anchor(A, 5));
    try (Seal other = FileSeal.create(folder.resolve("other.key"))) {
      var others = new AnchorFile(file, other);
      others.keep(THERE, new Anchor(B, 1));
      others.accept(THERE, new Anchor(B, 1));
      refused(() -> others.find(HERE, A));
    }
    assertThat(anchor.find(HERE, A)).contains(new Anchor(A, 5));
  }

  @Test
  void fileDoesNotGrowForEver() throws IOException {
    for (int i = 0; i < 220; i++) {
      anchor.keep(HERE, new Anchor("%032x".formatted(i), 1));
      anchor.release(HERE);
    }
    anchor.keep(HERE, new Anchor(A, 1));
    assertThat(Files.readAllLines(file)).hasSize(200);
    assertThat(anchor.find(THERE, "%032x".formatted(219))).isPresent();
    assertThat(anchor.find(THERE, "%032x".formatted(0))).isEmpty();
  }

  @Test
  void everyPlaceKeepsItsLineWhenTheFileIsFull() throws IOException {
    for (int i = 0; i < 200; i++) {
      anchor.keep("%032x".formatted(i), new Anchor(A, 1));
    }
    assertThatThrownBy(() -> anchor.keep("f".repeat(32), new Anchor(B, 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no room");
    assertThat(Files.readAllLines(file)).hasSize(200);
  }

  private void edit(String what, String with) throws IOException {
    Files.writeString(file, Files.readString(file).replaceFirst(what, with));
  }

  private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(SealException.class).hasMessageContaining("was altered");
  }
}
