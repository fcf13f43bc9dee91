package dev.keyhold.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.ApiError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.key.KeyId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Three deployments that know each other, with a tenant of the same name.
abstract class ThreeRegions {
  static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);

  @TempDir private Path folder;
  TestRegion a;
  TestRegion b;
  TestRegion c;

  @BeforeEach
  void open() throws Exception {
    a = region("a", "tenant");
    b = region("b", "tenant");
    c = region("c", "tenant");
    for (TestRegion each : List.of(a, b, c)) {
      for (TestRegion other : List.of(a, b, c)) {
        if (each != other) {
          each.knows(other);
        }
      }
    }
  }

  TestRegion region(String name, String domain) throws Exception {
    return new TestRegion(name, Files.createDirectory(folder.resolve(name)), domain);
  }

  @AfterEach
  void close() {
    a.close();
    b.close();
    c.close();
  }

  /// A key of `a` with replicas in the others.
  KeyId everywhere() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    a.replicate(id, c);
    return id;
  }

  static void opensWhatWasEncryptedIn(TestRegion from, TestRegion to, KeyId id) {
    int version = from.load(id).currentVersion();
    assertThat(to.decrypt(id, version, from.encrypt(id, DATA))).contains(DATA);
  }

  void allOpenWhatAnyEncrypts(KeyId id) {
    for (TestRegion from : List.of(a, b, c)) {
      for (TestRegion to : List.of(a, b, c)) {
        opensWhatWasEncryptedIn(from, to, id);
      }
    }
  }

  static void refused(ApiError error, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Rejected.class,
            refusal -> assertThat(refusal.error()).as(refusal.getMessage()).isEqualTo(error));
  }
}
