package dev.keyhold.seal;

import dev.keyhold.crypto.KeyMaterial;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// How far stores were when they were last looked at, kept apart from them. A line for each place
/// that has one:
///
///     keyhold-anchor-v1 place=HEX store=HEX position=N seal=BASE64
///
/// The line of a store that another one was restored in the place of stays, without `place`. `seal`
/// is what the root key makes of one byte with all before it as AAD: nobody without the root key
/// can write such a line. A line is opened only when it counts, so one of another root key is in
/// nobody's way.
///
/// Nobody changes the line of another place: what is tried elsewhere leaves it as it is.
public final class AnchorFile {
  private static final String WHAT = "anchor file";
  private static final int MOST_BYTES = 64 << 10;
  private static final int MOST_LINES = 200;
  private static final Duration LOCK_WAIT = Duration.ofSeconds(1);
  private static final Pattern LINE =
      Pattern.compile(
          "(keyhold-anchor-v1(?: place=([0-9a-f]{32}))? store=([0-9a-f]{32})"
              + " position=([0-9]{1,18})) seal=([A-Za-z0-9+/=]{1,200})");

  private final Path file;
  private final Seal seal;

  /// @param seal stays the caller's
  public AnchorFile(Path file, Seal seal) {
    this.file = file;
    this.seal = seal;
  }

  /// What is known of a store.
  ///
  /// @param store 32 hexadecimal digits
  /// @param position that it had at least
  public record Anchor(String store, long position) {}

  /// @param text all before the seal
  private record Line(
      String text, Optional<String> place, String store, long position, String sealed) {
    static Optional<Line> parse(String line) {
      Matcher parts = LINE.matcher(line);
      return parts.matches()
          ? Optional.of(
              new Line(
                  parts.group(1),
                  Optional.ofNullable(parts.group(2)),
                  parts.group(3),
                  Long.parseLong(parts.group(4)),
                  parts.group(5)))
          : Optional.empty();
    }

    boolean isAt(String where) {
      return place.filter(where::equals).isPresent();
    }

    boolean isLeftOf(String which) {
      return place.isEmpty() && store.equals(which);
    }

    @Override
    public String toString() {
      return text + " seal=" + sealed + "\n";
    }
  }

  /// What is known of the store in a place: that which the place's line says, or, of one that comes
  /// to a place without a line, what is known of it from elsewhere.
  ///
  /// @param place 32 hexadecimal digits
  /// @param store the one that is there now
  /// @return empty when nothing is known
  /// @throws SealException when the file is none, or what it says was not sealed by this root key
  public Optional<Anchor> find(String place, String store) {
    List<Line> lines = read();
    return at(place, lines)
        .or(() ->
            lines.stream()
                .filter(it -> it.store().equals(store))
                .max(Comparator.comparingLong(Line::position)))
        .map(this::opened);
  }

  /// Notes how far the store in `place` is. The position never goes back: where several nodes share
  /// the file, another one may be ahead.
  ///
  /// @return false when the place is another store's, which it stays
  /// @throws IOException when the file can't be written
  /// @throws SealException as [#find]
  public boolean keep(String place, Anchor now) throws IOException {
    try (Locked _ = lock()) {
      List<Line> lines = read();
      Optional<Anchor> before = at(place, lines).map(this::opened);
      if (before.filter(it -> !it.store().equals(now.store())).isPresent()) {
        return false;
      }
      if (before.filter(it -> it.position() >= now.position()).isEmpty()) {
        write(claimed(place, now, lines));
      }
      return true;
    }
  }

  /// Notes the store in `place` as the one that is wanted there, whatever was known. What was there
  /// before is remembered.
  ///
  /// @throws IOException when the file can't be written
  /// @throws SealException when it is not a private file of a usual size
  public void accept(String place, Anchor now) throws IOException {
    try (Locked _ = lock()) {
      List<Line> lines = content().flatMap(it -> Line.parse(it).stream()).toList();
      write(claimed(place, now, left(place, lines)));
    }
  }

  /// Notes that the store in `place` has gone: whatever comes there next is welcome, but for an
  /// older copy of one that is known.
  ///
  /// @return whether one was known
  /// @throws IOException when the file can't be written
  /// @throws SealException as [#find]
  public boolean release(String place) throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    try (Locked _ = lock()) {
      List<Line> lines = read();
      Optional<Anchor> before = at(place, lines).map(this::opened);
      if (before.isPresent()) {
        write(left(place, lines));
      }
      return before.isPresent();
    }
  }

  /// Has what is known of a store, wherever it was, sealed by its next root key. What is known of
  /// others stays as it is.
  ///
  /// @throws IOException when the file can't be written
  /// @throws SealException as [#find]
  public void reseal(String place, String store, Seal next) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    var resealed = new AnchorFile(file, next);
    try (Locked _ = lock()) {
      List<Line> before = read();
      List<Line> after =
          before.stream()
              .map(it ->
                  (it.isAt(place) || it.store().equals(store)) && opens(it)
                      ? resealed.line(it.place(), new Anchor(it.store(), it.position()))
                      : it)
              .toList();
      if (!after.equals(before)) {
        write(after);
      }
    }
  }

  private static Optional<Line> at(String place, List<Line> lines) {
    return lines.stream().filter(it -> it.isAt(place)).findFirst();
  }

  private List<Line> claimed(String place, Anchor now, List<Line> lines) {
    Line line = line(Optional.of(place), now);
    return Stream.concat(
            lines.stream().filter(it -> !it.isAt(place) && !it.isLeftOf(now.store())),
            Stream.of(line))
        .toList();
  }

  /// The lines without the one of `place`, and its store as one that was somewhere.
  private List<Line> left(String place, List<Line> lines) {
    Optional<Line> left = at(place, lines).filter(this::opens);
    List<Line> others = lines.stream().filter(it -> !it.isAt(place)).toList();
    return Stream.concat(
            others.stream(),
            left.stream().map(it -> line(Optional.empty(), new Anchor(it.store(), it.position()))))
        .toList();
  }

  private Line line(Optional<String> place, Anchor anchor) {
    String text =
        "keyhold-anchor-v1%s store=%s position=%d"
            .formatted(
                place.map(it -> " place=" + it).orElse(""), anchor.store(), anchor.position());
    try (var nothing = new KeyMaterial(new byte[1])) {
      String sealed = Base64.getEncoder().encodeToString(seal.wrap(nothing, aad(text)));
      return new Line(text, place, anchor.store(), anchor.position(), sealed);
    }
  }

  private Anchor opened(Line line) {
    if (!opens(line)) {
      throw altered();
    }
    return new Anchor(line.store(), line.position());
  }

  private boolean opens(Line line) {
    try {
      seal.unwrap(Base64.getDecoder().decode(line.sealed()), aad(line.text())).close();
      return true;
    } catch (IllegalArgumentException | SealException _) {
      return false;
    }
  }

  private SealException altered() {
    return new SealException(
        "The anchor file " + file + " was altered, or is of another root key.");
  }

  private List<Line> read() {
    return content().map(it -> Line.parse(it).orElseThrow(this::altered)).toList();
  }

  private Stream<String> content() {
    return Files.exists(file)
        ? new String(PrivateFiles.read(file, WHAT, MOST_BYTES), StandardCharsets.ISO_8859_1).lines()
        : Stream.empty();
  }

  /// Replaces the file, so that after a power cut it is the old or the new one.
  private void write(List<Line> lines) throws IOException {
    var kept = new ArrayList<>(lines);
    // Of stores that were somewhere the ones that left first are the least likely to come back.
    while (kept.size() > MOST_LINES && removeFirst(kept, it -> it.place().isEmpty())) {
      // and another one
    }
    if (kept.size() > MOST_LINES) {
      throw new IOException("it has no room for another place: remove lines that are out of use");
    }
    var text = new StringBuilder();
    kept.forEach(text::append);
    PrivateFiles.replace(file, text.toString().getBytes(StandardCharsets.US_ASCII));
  }

  private static boolean removeFirst(List<Line> lines, Predicate<Line> which) {
    return lines.stream().filter(which).findFirst().map(lines::remove).orElse(false);
  }

  private static byte[] aad(String text) {
    return Canonical.encode(text);
  }

  /// Held from reading to writing, so that the line of another is not lost.
  private Locked lock() throws IOException {
    return Locked.on(file, LOCK_WAIT);
  }
}
