package dev.keyhold.operation;

import dev.keyhold.error.ApiError;
import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsError;
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

  private static <T> T member(String name, @Nullable T value, ApiError error) {
    if (value == null) {
      throw error.rejected(name + " is required.");
    }
    return value;
  }
}
