package dev.keyhold.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import io.vertx.core.buffer.Buffer;
import java.io.OutputStream;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;

/// The JSON of requests and answers: records, with members in snake case.
///
/// Reading is strict, and bounded before anything is built: one document in UTF-8, no member twice,
/// at most 16 levels, 256 KiB a string, 32 characters a number, 256 a member name and 10,000
/// tokens. A member of the wrong JSON type is refused by its name. Members that a record does not
/// have are ignored; `null` is the same as absent; `Optional` components may be absent, and a
/// record's constructor refuses the lack of any other.
public final class Json {
  private static final StreamReadConstraints LIMITS =
      StreamReadConstraints.builder()
          .maxNestingDepth(16)
          .maxStringLength(256 * 1024)
          .maxNumberLength(32)
          .maxNameLength(256)
          .maxTokenCount(10_000)
          .build();

  private static final JsonBuffers BUFFERS = new JsonBuffers();

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .recyclerPool(BUFFERS)
                  .streamReadConstraints(LIMITS)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(TokenStreamFactory.Feature.CHARSET_DETECTION) // UTF-8 and nothing else
                  .disable(JsonWriteFeature.ESCAPE_FORWARD_SLASHES)
                  .build())
          .addModule(WireTypes.module())
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .withCoercionConfigDefaults(coercions -> {
            for (var shape : CoercionInputShape.values()) {
              coercions.setCoercion(shape, CoercionAction.Fail);
            }
          })
          .changeDefaultPropertyInclusion(
              inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_ABSENT))
          .build();

  private static final ClassValue<ObjectWriter> WRITERS =
      new ClassValue<>() {
        @Override
        protected ObjectWriter computeValue(Class<?> type) {
          return MAPPER.writerFor(type);
        }
      };

  private Json() {}

  /// Reads requests of one record type.
  public static final class Reader<T> {
    private final ObjectReader reader;

    private Reader(ObjectReader reader) {
      this.reader = reader;
    }

    /// @throws KmsException.Rejected `KMS.0202` when `body` is not one sound JSON object,
    ///   `KMS.0214` when a member has the wrong JSON type, or whatever the record's constructor
    ///   refuses
    public T read(byte[] body) {
      JsonText.requireObject(body);
      SecretsRead secrets = SecretsRead.ofThread();
      try {
        T request = reader.readValue(body);
        secrets.handedOver();
        return request;
      } catch (DatabindException e) {
        requireSound(body);
        throw refusal(e);
      } catch (JacksonException _) { // its message may quote the body
        throw KmsError.INVALID_JSON.rejected();
      } finally {
        secrets.wipe();
      }
    }
  }

  /// Parses to the end a body that was refused half-way, for what is wrong with its members is told
  /// only of a document that is sound as a whole.
  private static void requireSound(byte[] body) {
    try (JsonParser parser = MAPPER.createParser(body)) {
      parser.nextToken();
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw KmsError.INVALID_JSON.rejected("Something follows the JSON object.");
      }
    } catch (JacksonException _) {
      throw KmsError.INVALID_JSON.rejected();
    }
  }

  /// To be made once and kept: making a reader is slow, reading with it is not.
  public static <T> Reader<T> reader(Class<T> type) {
    return new Reader<>(MAPPER.readerFor(type));
  }

  /// The UTF-8 text of a record.
  static Buffer write(Object value) {
    var output = new Output();
    WRITERS.get(value.getClass()).writeValue(output, value);
    return output.written;
  }

  /// Collects what a generator writes, which for nearly every answer is one piece.
  private static final class Output extends OutputStream {
    private Buffer written = Buffer.buffer();

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      if (written.length() == 0) {
        written = Buffer.buffer(length);
      }
      written.appendBytes(bytes, from, length);
    }
  }

  /// Forgets the pooled buffers, in which pieces of requests and answers linger.
  static void forget() {
    BUFFERS.clear();
  }

  private static RuntimeException refusal(DatabindException e) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof KmsException refused) { // thrown by the record's own constructor
        return refused;
      }
    }
    if (!(e instanceof MismatchedInputException)) {
      return e; // a bug of the record
    }
    // Only the outermost name is sure to be one of ours and not of the caller's choosing.
    List<JacksonException.Reference> path = e.getPath();
    if (path.isEmpty() || path.getFirst().getPropertyName() == null) {
      return KmsError.INVALID_JSON.rejected();
    }
    return KmsError.INVALID_FORMAT.rejected(
        "The member " + path.getFirst().getPropertyName() + " has the wrong JSON type.");
  }
}
