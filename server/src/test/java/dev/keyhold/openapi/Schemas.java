package dev.keyhold.openapi;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// JSON Schemas of wire records, by the rules of the codec: members in snake case, `Optional` ones
/// not required.
final class Schemas {
  private static final String BYTES_IN_HEX = "^([0-9A-F]{2})*$";
  private static final String BASE64 =
      "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}(==|[A-Za-z0-9+/]=))?$";

  enum Side {
    REQUEST,
    ANSWER
  }

  /// A component as it is on the wire.
  ///
  /// @param type without the `Optional` around it
  record Member(String name, RecordComponent component, Type type, boolean required) {}

  // A record can be part of requests and of answers; then only what holds for both is said of it.
  private final Map<String, Class<?>> records = new TreeMap<>();
  private final Map<String, Set<Side>> sides = new TreeMap<>();

  static List<Member> members(Class<?> record) {
    return Stream.of(record.getRecordComponents()).map(Schemas::member).toList();
  }

  private static Member member(RecordComponent component) {
    var renamed = component.getAccessor().getAnnotation(JsonProperty.class);
    String name =
        renamed != null
            ? renamed.value()
            : PropertyNamingStrategies.SNAKE_CASE.nameForField(null, null, component.getName());
    Type type = component.getGenericType();
    boolean optional = component.getType() == Optional.class;
    return new Member(name, component, optional ? argument(type, 0) : type, !optional);
  }

  /// `DataKeys.EncryptRequest`
  static String name(Class<?> record) {
    Class<?> around = record.getDeclaringClass();
    return around == null ? record.getSimpleName() : name(around) + "." + record.getSimpleName();
  }

  /// The schema of a record or of an array of it, with the record among the components.
  ObjectNode of(Type type, Side side) {
    return switch (type) {
      case Class<?> single -> simple(single).orElseGet(() -> reference(single, side));
      case ParameterizedType list when list.getRawType() == List.class ->
          object("type", "array").set("items", of(argument(list, 0), side));
      case ParameterizedType map when map.getRawType() == Map.class ->
          object("type", "object").set("additionalProperties", of(argument(map, 1), side));
      default -> throw new IllegalArgumentException("Schemas does not know " + type);
    };
  }

  private ObjectNode reference(Class<?> record, Side side) {
    if (!record.isRecord()) {
      throw new IllegalArgumentException(
          "Schemas does not know "
              + record
              + (record == List.class
                  ? ": a row whose answer is an array is made with Endpoints.listing."
                  : ": say there what it is on the wire."));
    }
    String name = name(record);
    records.put(name, record);
    if (sides.computeIfAbsent(name, _ -> EnumSet.noneOf(Side.class)).add(side)) {
      members(record).forEach(member -> of(member.type(), side)); // to know all that is reached
    }
    return object("$ref", "#/components/schemas/" + name);
  }

  /// By simple name, so that a new wire type is one line here.
  private static Optional<ObjectNode> simple(Class<?> type) {
    return Optional.ofNullable(
        switch (type.getSimpleName()) {
          case "String" -> object("type", "string");
          case "boolean", "Boolean" -> object("type", "boolean");
          case "int", "Integer" -> object("type", "integer").put("format", "int32");
          case "long", "Long" -> object("type", "integer").put("format", "int64");
          case "Map" -> object("type", "object");
          case "SecretText", "Password" -> object("type", "string").put("format", "password");
          case "HexText" ->
              object("type", "string")
                  .put("contentEncoding", "base16")
                  .put("pattern", BYTES_IN_HEX);
          case "Base64Text" ->
              object("type", "string").put("contentEncoding", "base64").put("pattern", BASE64);
          case "WireContext" ->
              object("type", "object").set("additionalProperties", object("type", "string"));
          case "WireNumber" -> number();
          default -> null;
        });
  }

  private static ObjectNode number() {
    ObjectNode number = JsonNodeFactory.instance.objectNode();
    number
        .putArray("anyOf")
        .add(object("type", "integer"))
        .add(object("type", "string").put("pattern", "^[0-9]+$"));
    return number;
  }

  /// The schema of one member of a record, with all that is known of it.
  ObjectNode of(Class<?> record, Member member, Side side) {
    ObjectNode schema = of(member.type(), side);
    refine(schema, record, member, side);
    Optional.ofNullable(Docs.of(record).members().get(member.component().getName()))
        .ifPresent(text -> schema.put("description", text));
    return schema;
  }

  private static void refine(ObjectNode schema, Class<?> record, Member member, Side side) {
    var table = side == Side.REQUEST ? Facts.OF_REQUESTS : Facts.OF_ANSWERS;
    Facts.find(table, name(record), member.name())
        .ifPresent(facts -> {
          // The facts of a number are about its integer: a pattern can't tell a range.
          ObjectNode refined =
              schema.has("anyOf") ? (ObjectNode) schema.get("anyOf").get(0) : schema;
          facts.properties().forEach(fact -> refined.set(fact.getKey(), fact.getValue()));
        });
  }

  private ObjectNode object(Class<?> record, Set<Side> used) {
    List<Member> members = members(record);
    ObjectNode schema = object("type", "object");
    String text = Docs.of(record).text();
    if (!text.isEmpty()) {
      schema.put("description", text);
    }
    List<String> required = members.stream().filter(Member::required).map(Member::name).toList();
    if (!required.isEmpty()) {
      var names = schema.putArray("required");
      required.forEach(names::add);
    }
    ObjectNode properties = schema.putObject("properties");
    for (Member member : members) {
      Side side = used.iterator().next();
      properties.set(
          member.name(), used.size() == 1 ? of(record, member, side) : of(member.type(), side));
    }
    return schema;
  }

  /// All records that were referred to.
  ObjectNode components() {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    records.forEach((name, record) -> all.set(name, object(record, sides.get(name))));
    return all;
  }

  static ObjectNode object(String name, String value) {
    return JsonNodeFactory.instance.objectNode().put(name, value);
  }

  private static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }
}
