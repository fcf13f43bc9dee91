package dev.keyhold.seal;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.Argon2id;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;

/// A root key that opens with a passphrase. The key itself is random; the file has it wrapped under
/// Argon2id of the passphrase, see [PassphraseFile]. So a new passphrase changes this file and
/// nothing in the database; and whoever kept an old file and knows its passphrase still has the
/// key.
public final class PassphraseSeal {
  /// Few enough to be bearable, enough to stop a slip: what keeps guessers out is a good
  /// passphrase.
  private static final int LEAST_CHARS = 8;

  /// A quarter of the memory of RFC 9106's second recommendation (section 4: 64 MiB, 3 passes, 4
  /// lanes), so that it fits into the heap of 64 MiB that the launcher gives, beside a password
  /// that is hashed meanwhile; and 16 passes in return: more work in all. RFC 9106 leaves both to
  /// the environment.
  static final Argon2id.Cost DEFAULT_COST = new Argon2id.Cost(16 * 1024, 16, 4);

  /// Makes a root key and its file, with mode 0600. The caller keeps and wipes `passphrase`, here
  /// and below.
  ///
  /// @param passphrase at least 8 characters
  /// @throws SealException when the file exists (it stays as it is) or can't be written
  public static Seal create(Path file, char[] passphrase) {
    return create(file, passphrase, DEFAULT_COST);
  }

  static Seal create(Path file, char[] passphrase, Argon2id.Cost cost) {
    var root = new KeyMaterial(Random.bytes(RootKey.BYTES));
    try {
      PrivateFiles.create(file, wrapped(root, passphrase, cost).encode());
    } catch (FileAlreadyExistsException e) {
      root.close();
      throw new SealException("There is a seal file " + file + " already: it is kept.", e);
    } catch (IOException | UnsupportedOperationException e) {
      root.close();
      throw unwritable(file, e);
    }
    return RootKey.of(root, file.toString());
  }

  /// Opens the root key. Takes a good part of a second and 16 MiB, as guessing does.
  ///
  /// @throws SealException when the passphrase is wrong, or the file is missing, accessible to
  ///   other users, truncated or malformed
  public static Seal open(Path file, char[] passphrase) {
    return RootKey.of(unwrapped(file, passphrase), file.toString());
  }

  /// Wraps the same root key under another passphrase.
  ///
  /// @throws SealException as [#open] does; the file stays as it is then
  public static void changePassphrase(Path file, char[] old, char[] next) {
    changePassphrase(file, old, next, DEFAULT_COST);
  }

  static void changePassphrase(Path file, char[] old, char[] next, Argon2id.Cost cost) {
    try (KeyMaterial root = unwrapped(file, old)) {
      PrivateFiles.replace(file, wrapped(root, next, cost).encode());
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static PassphraseFile wrapped(KeyMaterial root, char[] passphrase, Argon2id.Cost cost) {
    if (passphrase.length < LEAST_CHARS) {
      throw new SealException("A passphrase must have at least " + LEAST_CHARS + " characters.");
    }
    var parameters =
        new PassphraseFile.Parameters(cost, Bytes.owning(Random.bytes(Argon2id.SALT_BYTES)));
    try (AeadKey key = key(parameters, passphrase)) {
      return new PassphraseFile(
          parameters, Bytes.owning(root.lend(bytes -> key.seal(bytes, parameters.header()))));
    }
  }

  private static KeyMaterial unwrapped(Path file, char[] passphrase) {
    byte[] content = PrivateFiles.read(file, PassphraseFile.WHAT, PassphraseFile.MAX_BYTES);
    PassphraseFile parsed = PassphraseFile.parse(file, content);
    try (AeadKey key = key(parsed.parameters(), passphrase)) {
      KeyMaterial root =
          key.open(parsed.wrappedRootKey().lent(), parsed.parameters().header())
              .orElseThrow(() ->
                  new SealException("The passphrase does not open the seal file " + file + "."));
      if (root.length() != RootKey.BYTES) {
        root.close();
        throw new SealException("The seal file " + file + " holds a key of another length.");
      }
      return root;
    }
  }

  private static AeadKey key(PassphraseFile.Parameters parameters, char[] passphrase) {
    requireMemory(parameters.cost().kib() / 1024, Runtime.getRuntime().maxMemory() >> 20);
    byte[] key =
        Argon2id.derive(passphrase, parameters.salt().lent(), parameters.cost(), RootKey.BYTES);
    return AeadKey.of(AeadSuite.XAES_256_GCM, new KeyMaterial(key));
  }

  /// Running out of memory would end the process without a word that helps.
  static void requireMemory(long neededMib, long heapMib) {
    if (neededMib > heapMib * 2 / 3) {
      throw new SealException(
          "The passphrase needs %d MiB of memory, and the heap has %d: set KEYHOLD_JAVA_OPTS=-Xmx%dm."
              .formatted(neededMib, heapMib, 2 * neededMib));
    }
  }

  private static SealException unwritable(Path file, Exception cause) {
    return new SealException("The seal file " + file + " can't be written: " + cause + ".", cause);
  }
}
