package dev.keyhold.http;

import dev.keyhold.operation.SecretText;
import dev.keyhold.operation.WireNumber;
import java.util.Arrays;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/// How the wire types of `operation` are read and written.
final class WireTypes {
  private WireTypes() {}

  static SimpleModule module() {
    return new SimpleModule("wire types")
        .addDeserializer(WireNumber.class, new WireNumberReader())
        .addDeserializer(SecretText.class, new SecretTextReader())
        .addSerializer(new SecretTextWriter());
  }

  private static final class WireNumberReader extends StdDeserializer<WireNumber> {
    private WireNumberReader() {
      super(WireNumber.class);
    }

    @Override
    public WireNumber deserialize(JsonParser parser, DeserializationContext context) {
      return switch (parser.currentToken()) {
        case VALUE_STRING, VALUE_NUMBER_INT -> new WireNumber(parser.getString());
        default -> (WireNumber) context.handleUnexpectedToken(WireNumber.class, parser);
      };
    }
  }

  /// Copies the characters out of the parser without making a `String` on the way.
  private static final class SecretTextReader extends StdDeserializer<SecretText> {
    private SecretTextReader() {
      super(SecretText.class);
    }

    @Override
    public SecretText deserialize(JsonParser parser, DeserializationContext context) {
      if (!parser.hasToken(JsonToken.VALUE_STRING)) {
        return (SecretText) context.handleUnexpectedToken(SecretText.class, parser);
      }
      char[] buffer = parser.getStringCharacters();
      int from = parser.getStringOffset();
      int to = from + parser.getStringLength();
      var own = Arrays.copyOfRange(buffer, from, to);
      Arrays.fill(buffer, from, to, '\0'); // the parser's buffers are pooled and outlive the call
      return new SecretText(own);
    }
  }

  private static final class SecretTextWriter extends StdSerializer<SecretText> {
    private SecretTextWriter() {
      super(SecretText.class);
    }

    @Override
    public void serialize(SecretText value, JsonGenerator out, SerializationContext context) {
      value.lend(chars -> out.writeString(chars, 0, chars.length));
    }
  }
}
