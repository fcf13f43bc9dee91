package dev.keyhold.operation;

import dev.keyhold.crypto.Random;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import java.util.Optional;

/// Random bytes: gen-random. Source: DEW API Reference, "Creating a Random Number".
public final class RandomData {
  private static final int LEAST_BITS = 8;
  private static final int MOST_BITS = 8192;

  /// @param randomDataLength bits, a multiple of 8 from 8 to 8192
  public record Request(WireNumber randomDataLength, Optional<String> sequence) {
    public Request {
      Require.member("random_data_length", randomDataLength);
    }
  }

  public record Response(HexText randomData) implements AutoCloseable {
    @Override
    public void close() {
      randomData.close();
    }
  }

  private final Authorizer authorizer;

  public RandomData(Authorizer authorizer) {
    this.authorizer = authorizer;
  }

  public Response generate(Caller caller, Request request) {
    Wire.checkSequence(request.sequence());
    int bits =
        Wire.number(
            request.randomDataLength(),
            "random_data_length",
            LEAST_BITS,
            MOST_BITS,
            KmsError.INVALID_RANDOM_LENGTH);
    if (bits % 8 != 0) {
      throw KmsError.RANDOM_LENGTH_NOT_BYTES.rejected("random_data_length is in bits.");
    }
    authorizer.require(caller, Action.GENERATE_RANDOM);
    byte[] random = new byte[bits / 8];
    Random.fill(random, 0, random.length);
    return new Response(new HexText(random));
  }
}
