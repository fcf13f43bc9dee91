package dev.keyhold;

import dev.keyhold.error.Outside;
import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.Locked;
import dev.keyhold.seal.PassphraseSeal;
import dev.keyhold.seal.PrivateFiles;
import dev.keyhold.seal.RootKeyFile;
import dev.keyhold.seal.Seal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds or makes the root key that the configuration names.
final class RootKeys {
  private static final Logger LOG = LoggerFactory.getLogger(RootKeys.class);
  private static final int MOST_BYTES = 4096;

  private RootKeys() {}

  static boolean exists(Config.RootKey configured) {
    return Files.exists(configured.file());
  }

  /// Opens and makes files with root keys, all of them as the configuration says.
  record Opener(Function<Path, Seal> opening, Function<Path, Seal> making) {
    /// @throws dev.keyhold.seal.SealException when the key can't be had from there
    Seal open(Path file) {
      return opening.apply(file);
    }

    /// @throws dev.keyhold.seal.SealException when there is one already
    Seal create(Path file) {
      return making.apply(file);
    }
  }

  /// Lends what opens root keys. A passphrase is read once: it may come out of a pipe.
  static <T> T with(Config.RootKey configured, Function<Opener, T> use) {
    return switch (configured) {
      case Config.RootKey.InFile(Path _) -> use.apply(new Opener(FileSeal::open, FileSeal::create));
      case Config.RootKey.FromPassphrase(Path _, Path passphrase) ->
          withPassphrase(
              passphrase,
              chars ->
                  use.apply(
                      new Opener(
                          file -> PassphraseSeal.open(file, chars),
                          file -> PassphraseSeal.create(file, chars))));
    };
  }

  /// For who only reads: what a replacement has left is for [RootKeyChoice].
  ///
  /// @throws dev.keyhold.seal.SealException when the key can't be had from there
  static Seal open(Config.RootKey configured) {
    PrivateFiles.removeLeftovers(configured.file()); // a kill may have left copies of the key
    var file = RootKeyFile.at(configured.file());
    if (file.hasNext()) {
      LOG.warn(
          "{} is of a replacement of the root key that is not finished: start the server, or run"
              + " keyhold root-key replace",
          file.next());
    }
    return with(configured, opener -> opener.open(configured.file()));
  }

  /// @throws dev.keyhold.seal.SealException when there is one already
  static Seal create(Config.RootKey configured) {
    return with(configured, opener -> opener.create(configured.file()));
  }

  /// Has the same root key open with the passphrase in `next` instead.
  ///
  /// @throws dev.keyhold.seal.SealException when the old one does not open it, or the new one is
  ///   too short: nothing has changed then
  /// @throws StartRefused when a file can't be read, or the root key's is another user's
  static void changePassphrase(Config.RootKey.FromPassphrase configured, Path next) {
    Path file = configured.file();
    Exposure.refuseForeign(file, "seal file");
    var beside = RootKeyFile.at(file);
    refuseUnfinished(beside);
    withPassphrase(
        configured.passphraseFile(),
        old ->
            withPassphrase(
                next,
                chars -> {
                  // Not before both are there: they may come out of pipes.
                  try (Locked _ = beside.lock()) {
                    refuseUnfinished(beside);
                    PassphraseSeal.changePassphrase(file, old, chars);
                    return file;
                  } catch (IOException e) {
                    throw new StartRefused("The seal file " + file + " can't be held: " + e + ".");
                  }
                }));
  }

  /// The next one opens with the old passphrase, and would not with the new one.
  private static void refuseUnfinished(RootKeyFile file) {
    if (file.hasNext()) {
      throw new StartRefused(
          "%s is of a replacement of the root key that is not finished: start the server, or run keyhold root-key replace, before you change the passphrase."
              .formatted(file.next()));
    }
  }

  /// The passphrase is the first line of its file.
  private static <T> T withPassphrase(Path file, Function<char[], T> use) {
    byte[] content = {};
    CharBuffer text = CharBuffer.allocate(0);
    char[] line = {};
    try {
      Exposure.refuse(file, "passphrase file");
      try (var stream = Files.newInputStream(file)) { // may be a pipe
        content = stream.readNBytes(MOST_BYTES);
      }
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content));
      line = firstLine(text);
      return use.apply(line);
    } catch (CharacterCodingException _) {
      throw new StartRefused("The passphrase file " + file + " is not UTF-8 text.");
    } catch (IOException e) {
      throw new StartRefused(
          "The passphrase file " + file + " can't be read: " + Outside.words(e) + ".");
    } finally {
      Arrays.fill(content, (byte) 0);
      Arrays.fill(text.array(), '\0');
      Arrays.fill(line, '\0');
    }
  }

  private static char[] firstLine(CharBuffer text) {
    int end = 0;
    while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
      end++;
    }
    char[] line = new char[end];
    text.get(line, 0, end);
    return line;
  }
}
