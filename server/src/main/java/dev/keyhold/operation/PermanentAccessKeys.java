package dev.keyhold.operation;

import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.IamAdmin;
import dev.keyhold.iam.IamRepository;
import dev.keyhold.iam.NewAccessKey;
import dev.keyhold.iam.Principal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A user's own access keys: `/v3.0/OS-CREDENTIAL/credentials`. Source: IAM API Reference, "Access
/// Key Management".
///
/// Nobody sees or changes those of others; an access key of another user is answered as one that
/// does not exist.
public final class PermanentAccessKeys {
  private static final int MOST_DESCRIPTION = 255;
  private static final String ACTIVE = "active";
  private static final String INACTIVE = "inactive";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final IamRepository repository;
  private final IamAdmin admin;

  public PermanentAccessKeys(IamRepository repository, IamAdmin admin) {
    this.repository = repository;
    this.admin = admin;
  }

  public record CreateRequest(CreatePart credential) {
    public CreateRequest {
      Require.identityMember("credential", credential);
    }
  }

  /// @param userId the caller's own
  public record CreatePart(String userId, Optional<String> description) {
    public CreatePart {
      Require.identityMember("credential.user_id", userId);
      requireShort(description);
    }
  }

  public record UpdateRequest(UpdatePart credential) {
    public UpdateRequest {
      Require.identityMember("credential", credential);
    }
  }

  /// @param status `active` or `inactive`
  public record UpdatePart(Optional<String> status, Optional<String> description) {
    public UpdatePart {
      status.ifPresent(given -> {
        if (!given.equals(ACTIVE) && !given.equals(INACTIVE)) {
          throw IamError.BAD_REQUEST.rejected("credential.status must be active or inactive.");
        }
      });
      requireShort(description);
    }
  }

  public record Created(CreatedPart credential) implements AutoCloseable {
    @Override
    public void close() {
      credential.secret().close();
    }
  }

  /// @param access the access key's id (AK)
  /// @param secret its secret (SK), shown this once
  public record CreatedPart(
      String createTime,
      String access,
      SecretText secret,
      String status,
      String userId,
      String description) {}

  public record Listed(List<Shown> credentials) {}

  public record One(Shown credential) {}

  public record Shown(
      String createTime, String access, String status, String userId, String description) {}

  /// @throws Rejected [IamError#FORBIDDEN] for a user that is not the caller,
  ///   [IamError#BAD_REQUEST] when they have two access keys
  public Created create(Principal caller, CreateRequest request) {
    requireOwn(caller, request.credential().userId());
    try (NewAccessKey made =
        admin.createAccessKey(caller.user(), request.credential().description().orElse(""))) {
      Shown shown = shown(made.key());
      return new Created(
          new CreatedPart(
              shown.createTime(),
              shown.access(),
              new SecretText(made.secret().<char[]>lend(PermanentAccessKeys::chars)),
              shown.status(),
              shown.userId(),
              shown.description()));
    }
  }

  /// @param userId the query parameter `user_id`: the caller's own, or left out
  public Listed list(Principal caller, Optional<String> userId) {
    userId.ifPresent(given -> requireOwn(caller, given));
    return new Listed(
        repository.accessKeys(caller.user()).stream().map(PermanentAccessKeys::shown).toList());
  }

  /// @throws Rejected [IamError#NOT_FOUND] when the caller has no such access key, likewise below
  public One show(Principal caller, String accessKey) {
    return AccessKeyId.parse(accessKey)
        .flatMap(repository::accessKey)
        .filter(key -> key.user().equals(caller.user()))
        .map(key -> new One(shown(key)))
        .orElseThrow(IamError.NOT_FOUND::rejected);
  }

  public One update(Principal caller, String accessKey, UpdateRequest request) {
    UpdatePart wanted = request.credential();
    return AccessKeyId.parse(accessKey)
        .flatMap(id ->
            admin.updateAccessKey(
                caller.user(), id, wanted.status().map(ACTIVE::equals), wanted.description()))
        .map(key -> new One(shown(key)))
        .orElseThrow(IamError.NOT_FOUND::rejected);
  }

  public void delete(Principal caller, String accessKey) {
    if (!AccessKeyId.parse(accessKey)
        .map(id -> admin.deleteAccessKey(caller.user(), id))
        .orElse(false)) {
      throw IamError.NOT_FOUND.rejected();
    }
  }

  private static void requireOwn(Principal caller, String userId) {
    if (!caller.user().text().equals(userId)) {
      throw IamError.FORBIDDEN.rejected();
    }
  }

  private static void requireShort(Optional<String> description) {
    if (description.filter(text -> text.length() > MOST_DESCRIPTION).isPresent()) {
      throw IamError.BAD_REQUEST.rejected(
          "credential.description must have at most 255 characters.");
    }
  }

  private static Shown shown(AccessKey key) {
    return new Shown(
        time(key.createdAt()),
        key.id().text(),
        key.enabled() ? ACTIVE : INACTIVE,
        key.user().text(),
        key.description());
  }

  private static char[] chars(byte[] ascii) {
    char[] chars = new char[ascii.length];
    for (int i = 0; i < ascii.length; i++) {
      chars[i] = (char) ascii[i];
    }
    return chars;
  }

  private static String time(Instant instant) {
    return TIME.format(instant);
  }
}
