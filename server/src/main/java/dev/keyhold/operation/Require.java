package dev.keyhold.operation;

import dev.keyhold.error.ApiError;
import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsError;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a request record asks of its components when the codec makes it: a member that the body
/// lacks arrives as null.
final class Require {
  private Require() {}

  /// A required member of a KMS request.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0204`
  static <T> T member(String wireName, @Nullable T value) {
    return member(wireName, value, KmsError.MISSING_MEMBER);
  }

  /// A required member of an identity request, named by its path in the body.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected [IamError#BAD_REQUEST]
  static <T> T identityMember(String path, @Nullable T value) {
    return member(path, value, IamError.BAD_REQUEST);
  }

  /// A required list, of which no element may be null.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0204` or `KMS.0214`
  static <T> List<T> members(String wireName, @Nullable List<T> values) {
    List<T> given = member(wireName, values);
    if (given.stream().anyMatch(Objects::isNull)) {
      throw KmsError.INVALID_FORMAT.rejected(wireName + " must not contain null.");
    }
    return List.copyOf(given);
  }

  private static <T> T member(String name, @Nullable T value, ApiError error) {
    if (value == null) {
      throw error.rejected(name + " is required.");
    }
    return value;
  }
}
