package dev.keyhold.seal;

import dev.keyhold.crypto.KeyMaterial;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How far a store was when it was last looked at, kept apart from it. One line:
///
///     keyhold-anchor-v1 store=HEX position=N seal=BASE64
///
/// `seal` is what the root key makes of one byte with all before it as AAD: nobody without the root
/// key can write such a line.
public final class AnchorFile {
  private static final int MOST_BYTES = 1024;
  private static final Pattern LINE =
      Pattern.compile(
          "(keyhold-anchor-v1 store=([0-9a-f]{32}) position=([0-9]{1,18}))"
              + " seal=([A-Za-z0-9+/=]+)\n");

  private final Path file;
  private final Seal seal;

  /// @param seal stays the caller's
  public AnchorFile(Path file, Seal seal) {
    this.file = file;
    this.seal = seal;
  }

  /// What is in it.
  public record Anchor(String store, long position) {}

  /// @return empty when there is no such file
  /// @throws SealException when it is not one that this root key has made
  public Optional<Anchor> read() {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    byte[] content = PrivateFiles.read(file, "anchor file", MOST_BYTES);
    Matcher parts = LINE.matcher(new String(content, StandardCharsets.ISO_8859_1));
    try {
      if (parts.matches()) {
        seal.unwrap(Base64.getDecoder().decode(parts.group(4)), aad(parts.group(1))).close();
        return Optional.of(new Anchor(parts.group(2), Long.parseLong(parts.group(3))));
      }
    } catch (IllegalArgumentException | SealException _) {
      // as below
    }
    throw new SealException("The anchor file " + file + " was altered, or is of another root key.");
  }

  /// Replaces it, so that after a power cut it is the old or the new one.
  public void write(Anchor anchor) throws IOException {
    String text =
        "keyhold-anchor-v1 store=%s position=%d".formatted(anchor.store(), anchor.position());
    try (var nothing = new KeyMaterial(new byte[1])) {
      String sealed = Base64.getEncoder().encodeToString(seal.wrap(nothing, aad(text)));
      PrivateFiles.replace(
          file, (text + " seal=" + sealed + "\n").getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static byte[] aad(String text) {
    return Canonical.encode(text);
  }
}
