package dev.keyhold.iam;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Tokens whose signature was found right a short while ago: the same bytes are signed for ever.
/// Whether they are still good, which changes, [Tokens] asks each time.
///
/// Each token has one place by its tag, which nobody can choose; the last one to be seen has it.
final class SeenTokens {
  private static final int PLACES = 1024;
  private static final VarHandle LE32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final class Seen {
    private final byte[] bytes;
    private final Token token;

    private Seen(byte[] bytes, Token token) {
      this.bytes = bytes;
      this.token = token;
    }
  }

  private final AtomicReferenceArray<@Nullable Seen> places = new AtomicReferenceArray<>(PLACES);

  /// @param bytes a whole token, as [TokenFormat] has it; compared in a time that does not tell
  ///   where they differ from others
  Optional<Token> find(byte[] bytes) {
    Seen seen = places.getAcquire(place(bytes));
    return seen != null && MessageDigest.isEqual(seen.bytes, bytes)
        ? Optional.of(seen.token)
        : Optional.empty();
  }

  /// @param bytes kept, so not to be changed any more
  void add(byte[] bytes, Token token) {
    places.setRelease(place(bytes), new Seen(bytes, token));
  }

  private static int place(byte[] bytes) {
    return (int) LE32.get(bytes, TokenFormat.SIGNED_BYTES) & (PLACES - 1);
  }
}
