package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import java.util.Optional;
import java.util.Set;

/// PINs for the level-4 scenario: create-pin. Source: DEW API Reference, "Creating a PIN";
/// docs/level-4.md.
public final class PinCreation {
  /// The shared clusters of the cloud, management plane and data plane: here, both are this server.
  private static final Set<String> SHARED_KEYSTORES = Set.of("1", "2");

  /// @param pinType `CipherText` (default) or `PlainText`
  /// @param keystoreId `1` or `2`, required for `CipherText`
  public record Request(
      Optional<String> pinType, Optional<String> keystoreId, Optional<String> sequence) {}

  /// @param pin to be passed back with the same `pin_type`
  public record Response(SecretText pin) implements AutoCloseable {
    @Override
    public void close() {
      pin.close();
    }
  }

  private final Authorizer authorizer;
  private final Level4 level4;

  public PinCreation(Authorizer authorizer, Level4 level4) {
    this.authorizer = authorizer;
    this.level4 = level4;
  }

  public Response create(Caller caller, Request request) {
    IssuedPins pins = level4.requireOn();
    Wire.checkSequence(request.sequence());
    PinType type = PinType.parse(request.pinType());
    Optional<String> keystore = Wire.given(request.keystoreId());
    if (type == PinType.CIPHER && keystore.isEmpty()) {
      throw KmsError.MISSING_MEMBER.rejected("keystore_id is required with pin_type CipherText.");
    }
    if (keystore.filter(id -> !SHARED_KEYSTORES.contains(id)).isPresent()) {
      throw KmsError.KEYSTORE_UNSUPPORTED.rejected("keystore_id must be 1 or 2.");
    }
    authorizer.require(caller, Action.CREATE_DATAKEY);
    return new Response(
        switch (type) {
          case PLAIN -> pins.plain();
          case CIPHER -> pins.encrypted(caller.project());
        });
  }
}
