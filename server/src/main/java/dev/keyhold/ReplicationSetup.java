package dev.keyhold;

import dev.keyhold.crypto.Hex;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.replication.Channel;
import dev.keyhold.replication.Peers;
import dev.keyhold.tls.PeerTrust;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/// The other regions that the configuration names, and the secret shared with them.
final class ReplicationSetup {
  private static final int MOST_BYTES = 256;

  private ReplicationSetup() {}

  /// @throws StartRefused when the secret can't be had from its file
  static Optional<Channel> channel(Config config) {
    return config
        .replication()
        .map(it -> {
          try (KeyMaterial secret = secret(it.secretFile())) {
            return new Channel(secret);
          }
        });
  }

  /// @param channel as above
  /// @throws dev.keyhold.tls.TlsException when the peers' certificates can't be read
  static Peers peers(Config config, Optional<Channel> channel, InstantSource clock) {
    return config
        .replication()
        .map(it ->
            Peers.of(
                config.region(),
                it.peers(),
                channel.orElseThrow(),
                it.caFile().map(PeerTrust::of),
                clock))
        .orElseGet(() -> Peers.none(config.region()));
  }

  private static KeyMaterial secret(Path file) {
    byte[] content = {};
    try {
      Exposure.refuse(file, "replication secret");
      try (var stream = Files.newInputStream(file)) { // may be a pipe
        content = stream.readNBytes(MOST_BYTES);
      }
      byte[] secret = decoded(content).orElse(new byte[0]);
      if (secret.length != Channel.SECRET_BYTES) {
        Arrays.fill(secret, (byte) 0);
        throw new StartRefused(
            "The replication secret "
                + file
                + " must be 32 bytes in hexadecimal or Base64. To make one: openssl rand -hex 32");
      }
      return new KeyMaterial(secret);
    } catch (IOException e) {
      throw new StartRefused("The replication secret " + file + " can't be read: " + e + ".");
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  private static Optional<byte[]> decoded(byte[] content) {
    char[] text = new char[content.length];
    int length = 0;
    for (byte each : content) {
      if (!Character.isWhitespace(each)) {
        text[length++] = (char) (each & 0xff);
      }
    }
    char[] trimmed = Arrays.copyOf(text, length);
    Arrays.fill(text, '\0');
    try {
      if (length == 2 * Channel.SECRET_BYTES) {
        return Hex.decode(trimmed);
      }
      byte[] ascii = new String(trimmed).getBytes(StandardCharsets.ISO_8859_1);
      return Optional.of(Base64.getDecoder().decode(ascii));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    } finally {
      Arrays.fill(trimmed, '\0');
    }
  }
}
