package dev.keyhold.http;

import dev.keyhold.crypto.Hex;
import dev.keyhold.iam.Password;
import dev.keyhold.operation.Base64Text;
import dev.keyhold.operation.HexText;
import dev.keyhold.operation.SecretText;
import dev.keyhold.operation.WireContext;
import dev.keyhold.operation.WireNumber;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.function.Function;
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
        .addDeserializer(SecretText.class, new SecretReader<>(SecretText.class, SecretText::new))
        .addDeserializer(Password.class, new SecretReader<>(Password.class, Password::owning))
        .addDeserializer(WireContext.class, new WireContextReader())
        .addSerializer(new SecretTextWriter())
        .addSerializer(new HexTextWriter())
        .addSerializer(new Base64TextWriter());
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
  private static final class SecretReader<T extends AutoCloseable> extends StdDeserializer<T> {
    private final Function<char[], T> owner;

    private SecretReader(Class<T> type, Function<char[], T> owner) {
      super(type);
      this.owner = owner;
    }

    @Override
    @SuppressWarnings("unchecked") // what Jackson makes of the type asked for
    public T deserialize(JsonParser parser, DeserializationContext context) {
      if (!parser.hasToken(JsonToken.VALUE_STRING)) {
        return (T) context.handleUnexpectedToken(handledType(), parser);
      }
      char[] buffer = parser.getStringCharacters();
      int from = parser.getStringOffset();
      int to = from + parser.getStringLength();
      var own = Arrays.copyOfRange(buffer, from, to);
      Arrays.fill(buffer, from, to, '\0'); // the parser's buffers are pooled and outlive the call
      T secret = owner.apply(own);
      SecretsRead.ofThread().add(secret);
      return secret;
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

  /// Writes the digits straight into the answer: a data key never becomes a `String`.
  private static final class HexTextWriter extends StdSerializer<HexText> {
    private HexTextWriter() {
      super(HexText.class);
    }

    @Override
    public void serialize(HexText value, JsonGenerator out, SerializationContext context) {
      byte[] digits = Hex.upper(value.lent());
      out.writeRawUTF8String(digits, 0, digits.length);
      Arrays.fill(digits, (byte) 0);
    }
  }

  private static final class Base64TextWriter extends StdSerializer<Base64Text> {
    private Base64TextWriter() {
      super(Base64Text.class);
    }

    @Override
    public void serialize(Base64Text value, JsonGenerator out, SerializationContext context) {
      out.writeBinary(value.lent());
    }
  }

  /// The one member that is a map: an object of string pairs, no name twice. Anything else is read
  /// to its end, and is the operation's to refuse.
  private static final class WireContextReader extends StdDeserializer<WireContext> {
    private WireContextReader() {
      super(WireContext.class);
    }

    @Override
    public WireContext deserialize(JsonParser parser, DeserializationContext context) {
      if (!parser.hasToken(JsonToken.START_OBJECT)) {
        parser.skipChildren();
        return WireContext.MALFORMED;
      }
      var pairs = new LinkedHashMap<String, String>();
      boolean malformed = false;
      for (String name = parser.nextName(); name != null; name = parser.nextName()) {
        if (parser.nextToken() == JsonToken.VALUE_STRING) {
          pairs.put(name, parser.getString());
        } else {
          parser.skipChildren();
          malformed = true;
        }
      }
      return malformed ? WireContext.MALFORMED : WireContext.of(pairs);
    }
  }
}
