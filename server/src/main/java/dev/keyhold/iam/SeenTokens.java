package dev.keyhold.iam;

import dev.keyhold.crypto.Digest;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Tokens whose signature was found right a short while ago: the same bytes are signed for ever.
/// Whether they are still good, which changes, [Tokens] asks each time.
///
/// Each token has one place by its tag, which nobody can choose; the last one to be seen has it. No
/// token is kept that could be used: of its tag there is the SHA-256 only, one block instead of the
/// five of an HMAC.
final class SeenTokens {
  private static final int PLACES = 1024;
  private static final VarHandle LE32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final class Seen {
    private final byte[] print;
    private final Token token;

    private Seen(byte[] print, Token token) {
      this.print = print;
      this.token = token;
    }
  }

  private final AtomicReferenceArray<@Nullable Seen> places = new AtomicReferenceArray<>(PLACES);

  /// @param bytes a whole token, as [TokenFormat] has it; compared in a time that does not tell
  ///   where they differ from others
  Optional<Token> find(byte[] bytes) {
    Seen seen = places.getAcquire(place(bytes));
    return seen != null && MessageDigest.isEqual(seen.print, print(bytes))
        ? Optional.of(seen.token)
        : Optional.empty();
  }

  /// @param bytes a whole token, whose signature is right
  void add(byte[] bytes, Token token) {
    places.setRelease(place(bytes), new Seen(print(bytes), token));
  }

  private static int place(byte[] bytes) {
    return (int) LE32.get(bytes, TokenFormat.SIGNED_BYTES) & (PLACES - 1);
  }

  /// What is signed, as it is, and the hash of the tag.
  private static byte[] print(byte[] bytes) {
    byte[] tag =
        Digest.SHA_256.digest(
            bytes, TokenFormat.SIGNED_BYTES, bytes.length - TokenFormat.SIGNED_BYTES);
    byte[] print = Arrays.copyOf(bytes, TokenFormat.SIGNED_BYTES + tag.length);
    System.arraycopy(tag, 0, print, TokenFormat.SIGNED_BYTES, tag.length);
    return print;
  }
}
