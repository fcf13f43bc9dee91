package dev.keyhold.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// What a server leaves behind: its output, and each file of its data folder, its working directory
/// and its folder for temporary files. `dev-credentials.json` is left out: it is meant to have
/// secrets.
final class LeftBehind {
  private static final HexFormat HEX = HexFormat.of();

  private final Map<String, byte[]> places = new TreeMap<>();

  private LeftBehind() {}

  /// @param server whose folders are still there
  static LeftBehind by(ServerProcess server) {
    var left = new LeftBehind();
    left.places.put("output", server.output().getBytes(StandardCharsets.UTF_8));
    for (Path folder : List.of(server.data(), server.work())) {
      try (var files = Files.walk(folder)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          if (!file.endsWith("dev-credentials.json")) {
            left.places.put(file.toString(), Files.readAllBytes(file));
          }
        }
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
    return left;
  }

  /// Where a text is, just as it is.
  List<String> placesOf(String text) {
    return placesOfAny(List.of(text.getBytes(StandardCharsets.UTF_8)));
  }

  /// Where a secret is, in whatever spelling.
  List<String> placesOf(byte[] secret) {
    return placesOfAny(spellings(secret));
  }

  private List<String> placesOfAny(List<byte[]> spellings) {
    var found = new ArrayList<String>();
    places.forEach((place, bytes) -> {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      for (byte[] spelling : spellings) {
        if (text.contains(new String(spelling, StandardCharsets.ISO_8859_1))) {
          found.add(place);
        }
      }
    });
    return found;
  }

  /// The bytes as they are and as text would have them. Base64 without the characters that depend
  /// on what stands before and after, at each of the three offsets.
  private static List<byte[]> spellings(byte[] secret) {
    var spellings = new ArrayList<byte[]>();
    spellings.add(secret);
    String hex = HEX.formatHex(secret);
    var texts = new ArrayList<>(List.of(hex, hex.toUpperCase(Locale.ROOT)));
    for (int offset = 0; offset < 3; offset++) {
      byte[] shifted = new byte[offset + secret.length];
      System.arraycopy(secret, 0, shifted, offset, secret.length);
      int from = offset == 0 ? 0 : 4;
      int whole = shifted.length / 3 * 4;
      for (var encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
        texts.add(encoder.encodeToString(shifted).substring(from, whole));
      }
    }
    texts.add(
        URLEncoder.encode(
            new String(secret, StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1));
    texts.forEach(text -> spellings.add(text.getBytes(StandardCharsets.US_ASCII)));
    return spellings;
  }
}
