package dev.keyhold.envelope;

import java.util.Arrays;

/// What a caller sent as a container, read as one whether it is or not. A container of the right
/// form and one of a wrong form then take the same way to their refusal, and the same time.
///
/// @param envelope what was sent if `isFrame`; otherwise one of like size that stands for it
/// @param isFrame whether it has the one spelling of a frame, and names what there is; not whether
///   it opens
public record Candidate(Envelope envelope, boolean isFrame) {
  /// @param container any bytes
  public static Candidate of(byte[] container) {
    int bodyBytes = container.length - Envelope.FRAME_BYTES;
    if (Envelope.isBodyLength(bodyBytes)) {
      return Envelope.read(container);
    }
    int nearest =
        Math.clamp(bodyBytes, Envelope.LEAST_BODY_BYTES, Envelope.MOST_BODY_BYTES) / 16 * 16;
    byte[] resized = Arrays.copyOf(container, nearest + Envelope.FRAME_BYTES);
    return new Candidate(Envelope.read(resized).envelope(), false);
  }

  /// For whoever has seen that it names no key or version that there is.
  public Candidate refused() {
    return new Candidate(envelope, false);
  }
}
