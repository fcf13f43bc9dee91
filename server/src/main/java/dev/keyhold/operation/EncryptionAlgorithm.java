package dev.keyhold.operation;

import dev.keyhold.crypto.PublicKeyCipher;
import dev.keyhold.envelope.CallerContext;
import dev.keyhold.error.KmsError;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// How data is encrypted, by the names of `encryption_algorithm`.
enum EncryptionAlgorithm {
  /// Under a symmetric CMK, in our container. The default, for key pairs too: which of theirs is
  /// meant must be said.
  SYMMETRIC_DEFAULT,
  RSAES_OAEP_SHA_256,
  RSAES_OAEP_SHA_1,
  SM2_ENCRYPT;

  /// @param allowed what this call's page lists
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308` for any other
  static EncryptionAlgorithm parse(
      Optional<String> text, String member, Set<EncryptionAlgorithm> allowed) {
    return Wire.given(text)
        .map(name ->
            allowed.stream()
                .filter(algorithm -> algorithm.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                    KmsError.INVALID_PARAMETER.rejected(
                        member
                            + " must be one of "
                            + allowed.stream()
                                .sorted()
                                .map(Enum::name)
                                .collect(Collectors.joining(", "))
                            + ".")))
        .orElse(SYMMETRIC_DEFAULT);
  }

  /// A bare ciphertext names no key. Asked first, as of any member that is required.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0204`
  static void requireKey(
      Optional<String> key,
      String member,
      Optional<String> algorithm,
      Set<EncryptionAlgorithm> allowed) {
    if (Wire.given(key).isPresent() || algorithm.isEmpty()) {
      return;
    }
    String name = algorithm.get();
    if (allowed.stream().anyMatch(one -> !one.isSymmetric() && one.name().equals(name))) {
      throw KmsError.MISSING_MEMBER.rejected(member + " is required with " + name + ".");
    }
  }

  boolean isSymmetric() {
    return this == SYMMETRIC_DEFAULT;
  }

  /// Empty for a symmetric one.
  Optional<PublicKeyCipher> cipher() {
    return PublicKeyCipher.find(name());
  }

  /// A bare ciphertext binds no context, so a caller who counts on one is told.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308`
  void requireCarries(CallerContext context) {
    if (!isSymmetric() && !context.equals(CallerContext.NONE)) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "additional_authenticated_data and encryption_context need a symmetric key.");
    }
  }
}
