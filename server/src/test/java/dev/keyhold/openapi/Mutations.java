package dev.keyhold.openapi;

import dev.keyhold.crypto.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Requests gone wrong, one fault each.
final class Mutations {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<JsonNode> ODDITIES =
      List.of(
          JSON.numberNode(0),
          JSON.numberNode(-1),
          JSON.numberNode(1.5),
          JSON.numberNode(Long.MAX_VALUE),
          JSON.stringNode("99999999999999999999"),
          JSON.stringNode("7"),
          JSON.booleanNode(true),
          JSON.nullNode(),
          JSON.arrayNode(),
          JSON.arrayNode().add(JSON.nullNode()),
          JSON.objectNode(),
          JSON.objectNode().putNull("key"),
          JSON.stringNode(""),
          JSON.stringNode("\0"),
          JSON.stringNode("\uD83D\uDD11 \u00E9 \uD800"),
          JSON.stringNode("alias/none"),
          JSON.stringNode("x".repeat(9000)));

  static final List<String> ODD_TEXTS =
      List.of("", "x", "-1", "0", "99999999999999999999", "\0", "\u00E9", "x".repeat(2000));

  private Mutations() {}

  /// Objects that lack a member, or have one that is odd, at any depth; and one with a member too
  /// many.
  static List<ObjectNode> of(ObjectNode sound) {
    var all = new ArrayList<ObjectNode>();
    for (String pointer : members(sound, "")) {
      int slash = pointer.lastIndexOf('/');
      String parent = pointer.substring(0, slash);
      String member = pointer.substring(slash + 1);
      all.add(changed(sound, parent, object -> object.remove(member)));
      for (JsonNode odd : ODDITIES) {
        all.add(changed(sound, parent, object -> object.set(member, odd)));
      }
    }
    all.add(changed(sound, "", object -> object.put("no_such_member", "x")));
    return all;
  }

  private static List<String> members(ObjectNode object, String path) {
    var all = new ArrayList<String>();
    for (var member : object.properties()) {
      String pointer = path + "/" + member.getKey();
      all.add(pointer);
      if (member.getValue() instanceof ObjectNode nested) {
        all.addAll(members(nested, pointer));
      }
    }
    return all;
  }

  private interface Change {
    void to(ObjectNode object);
  }

  private static ObjectNode changed(ObjectNode sound, String parent, Change change) {
    ObjectNode copy = sound.deepCopy();
    change.to((ObjectNode) copy.at(parent));
    return copy;
  }

  /// Bodies that are not one sound JSON object.
  static List<Bytes> unsound(ObjectNode sound) {
    String text = sound.toString();
    var all = new ArrayList<Bytes>();
    for (String odd :
        List.of(
            "null",
            "7",
            "\"x\"",
            "[]",
            "[" + text + "]",
            "{",
            text + "x",
            text + text,
            text.substring(0, text.length() - 1),
            "{\"key_id\":1,\"key_id\":2}",
            "{\"a\":" + "[".repeat(500) + "]".repeat(500) + "}",
            "{\"a\":" + "9".repeat(500) + "}",
            "{'a':1}",
            "{\"a\":NaN}",
            "\uFEFF" + text)) {
      all.add(Bytes.owning(odd.getBytes(StandardCharsets.UTF_8)));
    }
    all.add(Bytes.owning("{\"a\":\"\u00E9\"}".getBytes(StandardCharsets.ISO_8859_1)));
    all.add(Bytes.owning(text.getBytes(StandardCharsets.UTF_16)));
    return all;
  }
}
