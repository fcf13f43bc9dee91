package dev.keyhold.keyring;

import dev.keyhold.error.ApiError;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyUsage;
import java.util.Optional;

/// What an operation wants a key for, and with which error a key that is not for it refuses. What
/// the key is comes first (`KMS.0325`, `KMS.0331`, `KMS.0341`, `KMS.1114`, `KMS.1115`), then what
/// it was made for (`KMS.0334`, `KMS.0335`).
public enum Use {
  /// Data keys: symmetric keys only.
  WRAP {
    @Override
    Optional<ApiError> misfit(KeySpec.Family family, KeyUsage usage) {
      return switch (family) {
        case SYMMETRIC -> Optional.empty();
        case HMAC -> Optional.of(KmsError.HMAC_KEY_UNSUPPORTED);
        case RSA, EC, SM2, ML_DSA ->
            usage == KeyUsage.SIGN_VERIFY
                ? Optional.of(KmsError.KEY_IS_FOR_SIGNING)
                : Optional.of(KmsError.ASYMMETRIC_KEY_UNSUPPORTED);
      };
    }
  },

  /// Small data: symmetric keys, RSA and SM2 pairs made for it.
  ENCRYPT_DATA {
    @Override
    Optional<ApiError> misfit(KeySpec.Family family, KeyUsage usage) {
      return switch (family) {
        case SYMMETRIC -> Optional.empty();
        case RSA, SM2 -> madeFor(KeyUsage.ENCRYPT_DECRYPT, usage);
        case EC, ML_DSA -> Optional.of(KmsError.EC_KEY_CANNOT_ENCRYPT);
        case HMAC -> Optional.of(KmsError.HMAC_KEY_UNSUPPORTED);
      };
    }
  },

  /// Signatures, both ways.
  SIGN {
    @Override
    Optional<ApiError> misfit(KeySpec.Family family, KeyUsage usage) {
      return switch (family) {
        case SYMMETRIC -> Optional.of(KmsError.SYMMETRIC_KEY_CANNOT_SIGN);
        case HMAC -> Optional.of(KmsError.HMAC_KEY_UNSUPPORTED);
        case RSA, EC, SM2, ML_DSA -> madeFor(KeyUsage.SIGN_VERIFY, usage);
      };
    }
  },

  /// The public half of any pair.
  TELL_PUBLIC_KEY {
    @Override
    Optional<ApiError> misfit(KeySpec.Family family, KeyUsage usage) {
      return switch (family) {
        case SYMMETRIC -> Optional.of(KmsError.SYMMETRIC_KEY_UNSUPPORTED);
        case HMAC -> Optional.of(KmsError.HMAC_KEY_UNSUPPORTED);
        case RSA, EC, SM2, ML_DSA -> Optional.empty();
      };
    }
  },

  /// A shared secret with somebody else's public key.
  AGREE {
    @Override
    Optional<ApiError> misfit(KeySpec.Family family, KeyUsage usage) {
      return switch (family) {
        case SYMMETRIC -> Optional.of(KmsError.SYMMETRIC_KEY_UNSUPPORTED);
        case HMAC -> Optional.of(KmsError.HMAC_KEY_UNSUPPORTED);
        case RSA, ML_DSA -> Optional.of(KmsError.ASYMMETRIC_KEY_UNSUPPORTED);
        case EC, SM2 -> madeFor(KeyUsage.KEY_AGREEMENT, usage);
      };
    }
  },

  /// Message authentication codes, both ways.
  MAC {
    @Override
    Optional<ApiError> misfit(KeySpec.Family family, KeyUsage usage) {
      return switch (family) {
        case SYMMETRIC -> Optional.of(KmsError.SYMMETRIC_KEY_UNSUPPORTED);
        case RSA, EC, SM2, ML_DSA -> Optional.of(KmsError.ASYMMETRIC_KEY_UNSUPPORTED);
        case HMAC -> Optional.empty();
      };
    }
  };

  abstract Optional<ApiError> misfit(KeySpec.Family family, KeyUsage usage);

  /// @throws dev.keyhold.error.KmsException.Rejected unless the key is for this
  void require(Cmk cmk) {
    Optional<ApiError> misfit = misfit(cmk.spec().family(), cmk.usage());
    if (misfit.isPresent()) {
      throw misfit
          .get()
          .rejected("The key's spec is " + cmk.spec() + ", its usage " + cmk.usage() + ".");
    }
  }

  private static Optional<ApiError> madeFor(KeyUsage wanted, KeyUsage usage) {
    if (usage == wanted) {
      return Optional.empty();
    }
    return Optional.of(
        switch (usage) {
          case ENCRYPT_DECRYPT -> KmsError.KEY_IS_FOR_ENCRYPTION;
          case SIGN_VERIFY -> KmsError.KEY_IS_FOR_SIGNING;
          case KEY_AGREEMENT, GENERATE_VERIFY_MAC -> KmsError.INVALID_PARAMETER;
        });
  }
}
