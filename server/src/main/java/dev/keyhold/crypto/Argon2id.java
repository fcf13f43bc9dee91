package dev.keyhold.crypto;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/// Keys from what people can remember: Argon2id version 1.3, RFC 9106.
public final class Argon2id {
  public static final int SALT_BYTES = 16;

  /// @param kib memory in KiB, 8 for each lane to 1,048,576
  /// @param passes 1 to 64
  /// @param lanes 1 to 16
  public record Cost(int kib, int passes, int lanes) {
    public Cost {
      boolean sound =
          lanes >= 1 && lanes <= 16 && kib >= 8 * lanes && kib <= 1 << 20 && passes >= 1;
      if (!sound || passes > 64) {
        throw new IllegalArgumentException("Argon2id parameters out of range");
      }
    }
  }

  private Argon2id() {}

  /// @param secret taken as UTF-8
  /// @param salt at least 8 bytes, [#SALT_BYTES] unless a format says otherwise
  public static byte[] derive(char[] secret, byte[] salt, Cost cost, int length) {
    byte[] utf8 = utf8(secret);
    try {
      return derive(utf8, salt, cost, length);
    } finally {
      Arrays.fill(utf8, (byte) 0);
    }
  }

  /// As above, of bytes.
  public static byte[] derive(byte[] secret, byte[] salt, Cost cost, int length) {
    var generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(cost.kib())
            .withIterations(cost.passes())
            .withParallelism(cost.lanes())
            .withSalt(salt)
            .build());
    byte[] key = new byte[length];
    generator.generateBytes(secret, key);
    return key;
  }

  /// Without a `String`, which nobody can wipe. What is no Unicode text counts as `?`.
  private static byte[] utf8(char[] text) {
    var encoder =
        StandardCharsets.UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    ByteBuffer room = ByteBuffer.allocate(3 * text.length); // the most that a char takes
    encoder.encode(CharBuffer.wrap(text), room, true);
    byte[] utf8 = Arrays.copyOf(room.array(), room.position());
    Arrays.fill(room.array(), (byte) 0);
    return utf8;
  }
}
