package dev.keyhold.openapi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// What the documentation comments of wire records say, taken from their source: the description of
/// a member stands once, beside the record.
///
/// @param text of the record itself, empty when there is none
/// @param members by the name of the component
record Docs(String text, Map<String, String> members) {
  private static final Path SOURCES = Path.of("src", "main", "java");
  private static final String MARK = "///";

  static Docs of(Class<?> type) {
    List<String> lines = source(type);
    Pattern declaration =
        Pattern.compile("\\b(record|class|interface|enum) " + type.getSimpleName() + "\\b");
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (!line.strip().startsWith(MARK) && declaration.matcher(line).find()) {
        return parse(above(lines, i));
      }
    }
    throw new IllegalStateException("no source of " + type);
  }

  private static List<String> source(Class<?> type) {
    Path file = SOURCES.resolve(type.getPackageName().replace('.', '/'));
    try {
      return Files.readAllLines(file.resolve(outermost(type).getSimpleName() + ".java"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Class<?> outermost(Class<?> type) {
    Class<?> around = type.getDeclaringClass();
    return around == null ? type : outermost(around);
  }

  private static List<String> above(List<String> lines, int declaration) {
    int i = declaration - 1;
    while (i >= 0 && lines.get(i).strip().startsWith("@")) {
      i--;
    }
    var found = new ArrayList<String>();
    for (; i >= 0 && lines.get(i).strip().startsWith(MARK); i--) {
      found.addFirst(lines.get(i).strip().substring(MARK.length()).strip());
    }
    return found;
  }

  private static Docs parse(List<String> lines) {
    var text = new StringBuilder();
    var members = new LinkedHashMap<String, String>();
    StringBuilder current = text;
    String member = "";
    for (String line : lines) {
      if (line.startsWith("@")) {
        finish(member, current, members);
        String[] words = line.split(" ", 3);
        member = words[0].equals("@param") ? words[1] : "";
        current = new StringBuilder(words.length > 2 ? words[2] : "");
      } else {
        current.append(line.isEmpty() ? "\n\n" : " " + line);
      }
    }
    finish(member, current, members);
    return new Docs(clean(text.toString()), members);
  }

  private static void finish(String member, StringBuilder text, Map<String, String> members) {
    if (!member.isEmpty()) {
      members.put(member, clean(text.toString()));
    }
  }

  /// Without the brackets of links, which lead nowhere outside the source.
  private static String clean(String text) {
    return text.replaceAll("\\[([A-Za-z.#]+)]", "$1").replaceAll("\n +", "\n").strip();
  }
}
