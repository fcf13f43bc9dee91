package dev.keyhold.error;

/// The errors of the KMS itself, as far as anything here answers them. Source: DEW API Reference,
/// "Error Codes" (KMS.*); its other rows are in docs/compatibility.md, with why.
public enum KmsError implements ApiError {
  INTERNAL(500, "0101", "An internal error occurred in the KMS."),
  SERVICE_UNAVAILABLE(503, "0104", "The KMS is temporarily unavailable."),
  INVALID_JSON(400, "0202", "The request body is not valid JSON."),
  MISSING_MEMBER(400, "0204", "A required member is missing."),
  INVALID_KEY_ID(400, "0205", "The key_id is invalid."),
  INVALID_SEQUENCE(400, "0206", "The sequence is invalid."),
  KEY_NOT_FOUND(404, "0207", "The key does not exist."),
  INVALID_ENCRYPTION_CONTEXT(400, "0208", "The encryption_context is invalid."),
  KEY_DISABLED(400, "0209", "The key is disabled."),
  KEY_PENDING_DELETION(400, "0210", "The key is pending deletion."),
  DEFAULT_KEY(400, "0211", "The operation is not allowed on a default key."),
  INVALID_FORMAT(400, "0214", "The request format is invalid."),
  METHOD_NOT_SUPPORTED(405, "0215", "The method is not supported."),
  KEY_ACCESS_DENIED(403, "0306", "The user may not use this key."),
  INVALID_PARAMETER(400, "0308", "A parameter is invalid."),
  NOT_AN_EXTERNAL_KEY(400, "0309", "The operation is only for keys with imported material."),
  NOT_PENDING_IMPORT(400, "0310", "The key is not pending import."),
  UNWRAP_FAILED(400, "0311", "Decryption with the RSA private key failed."),
  EXTERNAL_KEY_CANNOT_ROTATE(400, "0312", "A key with imported material cannot be rotated."),
  ROTATION_OFF(400, "0313", "Rotation is off for this key."),
  // "Partition" is what the published tables call a keystore.
  INVALID_KEYSTORE_ID(400, "0315", "The keystore_id is invalid."),
  KEYSTORE_NOT_FOUND(404, "0316", "The keystore does not exist."),
  KEYSTORE_NOT_ENABLED(400, "0317", "The keystore is not enabled."),
  KEYSTORE_NAME_IN_USE(400, "0318", "The keystore_alias is in use."),
  ROTATION_UNSUPPORTED(400, "0319", "Rotation is not supported."),
  WRONG_PROJECT(403, "0321", "The project in the URL is not the caller's."),
  RSA_KEY_CANNOT_ROTATE(400, "0324", "RSA keys cannot be rotated."),
  ASYMMETRIC_KEY_UNSUPPORTED(400, "0325", "The operation is not supported by an asymmetric key."),
  DIGEST_LENGTH_MISMATCH(
      400, "0329", "The length of the digest does not match the hash algorithm."),
  SYMMETRIC_KEY_UNSUPPORTED(400, "0331", "The operation is not supported by a symmetric key."),
  SIGNING_ALGORITHM_MISMATCH(400, "0332", "The signing algorithm does not fit the key."),
  KEY_IS_FOR_ENCRYPTION(400, "0334", "The key is for encryption and decryption only."),
  KEY_IS_FOR_SIGNING(400, "0335", "The key is for signing and verification only."),
  KEYSTORE_NO_ROTATION(400, "0338", "A key in a dedicated keystore cannot be rotated."),
  KEYSTORE_NO_IMPORT(400, "0339", "A key in a dedicated keystore cannot be imported."),
  KEYSTORE_UNSUPPORTED(400, "0340", "Dedicated keystores are not supported."),
  HMAC_KEY_UNSUPPORTED(400, "0341", "The operation is not supported by an HMAC key."),
  TAG_LIST_EMPTY(400, "0401", "The tag list is empty."),
  TAG_MATCH_VALUE(400, "0402", "The match value is invalid."),
  TAG_MATCH_KEY(400, "0403", "The match key is invalid."),
  TAG_ACTION(400, "0404", "The action is invalid."),
  TAG_VALUE(400, "0405", "The tag value is invalid."),
  TAG_KEY(400, "0406", "The tag key is invalid."),
  TAG_LIST_SIZE(400, "0407", "The size of the tag list is invalid."),
  TAG_RESOURCE_TYPE(400, "0408", "The resourceType is invalid."),
  TOO_MANY_TAGS(400, "0409", "The key has too many tags."),
  TAG_VALUE_LENGTH(400, "0410", "The length of the tag value is invalid."),
  TAG_KEY_LENGTH(400, "0411", "The length of the tag key is invalid."),
  TAG_LIST(400, "0412", "The tag list is invalid."),
  TOO_MANY_TAG_VALUES(400, "0413", "There are too many tag values."),
  TAGS(400, "0414", "The tags are invalid."),
  TAG_MATCHES(400, "0415", "The matches are invalid."),
  TAG_NOT_FOUND(404, "0416", "The tag does not exist."),
  TAG_OFFSET(400, "0417", "The offset is invalid."),
  TAG_OFFSET_NOT_ALLOWED(400, "0418", "An offset or limit is not allowed here."),
  INVALID_ALIAS(400, "1101", "The key_alias is invalid."),
  INVALID_REALM(400, "1102", "The realm is invalid."),
  INVALID_DESCRIPTION(400, "1103", "The key_description is invalid."),
  ALIAS_IN_USE(400, "1104", "The alias is already in use."),
  KEY_QUOTA_REACHED(400, "1105", "The key quota has been reached."),
  INVALID_KEY_SPEC(400, "1110", "The algorithm type is invalid."),
  EC_KEY_CANNOT_ENCRYPT(400, "1114", "An elliptic-curve key cannot encrypt or decrypt."),
  SYMMETRIC_KEY_CANNOT_SIGN(400, "1115", "A symmetric key cannot sign or verify."),
  KEY_NOT_DISABLED(400, "1201", "The key is not disabled."),
  KEY_NOT_ENABLED(400, "1301", "The key is not enabled."),
  INVALID_PENDING_DAYS(400, "1401", "The pending_days is invalid."),
  ALREADY_PENDING_DELETION(400, "1402", "The key is already pending deletion."),
  NOT_ORIGINAL_REGION(400, "1404", "Material can be imported in the original region only."),
  NOT_PENDING_DELETION(400, "1501", "The key is not pending deletion."),
  INVALID_LIMIT(400, "1601", "The limit is invalid."),
  INVALID_MARKER(400, "1602", "The marker is invalid."),
  INVALID_OFFSET(400, "1603", "The offset is invalid."),
  INVALID_RANDOM_LENGTH(400, "1801", "The random_data_length is invalid."),
  RANDOM_LENGTH_NOT_BYTES(400, "1802", "The random_data_length is not a multiple of 8."),
  INVALID_DATAKEY_LENGTH(400, "1901", "The datakey_length is invalid."),
  INVALID_DATAKEY_SPEC(400, "1902", "The key_spec of the data key is invalid."),
  DATAKEY_LENGTH_NOT_BYTES(400, "1903", "The datakey_length is not a multiple of 8."),
  INVALID_PLAIN_TEXT(400, "2101", "The plain_text is invalid."),
  INVALID_DATAKEY_PLAIN_LENGTH(400, "2102", "The datakey_plain_length is invalid."),
  DATAKEY_DIGEST_MISMATCH(400, "2103", "The digest in plain_text is not that of the data key."),
  PLAIN_TEXT_LENGTH_MISMATCH(
      400, "2104", "The length of plain_text does not match datakey_plain_length."),
  ALGORITHM_NOT_FOR_SYMMETRIC_KEY(
      400, "2105", "The encryption algorithm is not supported by a symmetric key."),
  ALGORITHM_NOT_FOR_RSA_KEY(400, "2106", "The encryption algorithm is not supported by the key."),
  PLAINTEXT_TOO_LONG_FOR_RSA(400, "2108", "The plaintext is too long for the key."),
  INVALID_CIPHERTEXT(400, "2201", "The cipher_text is invalid."),
  INVALID_DATAKEY_CIPHER_LENGTH(400, "2202", "The datakey_cipher_length is invalid."),
  CREATE_GRANT_ALONE(400, "2401", "The operation create-grant cannot be granted alone."),
  INVALID_PRINCIPAL(400, "2402", "The principal is invalid."),
  TOO_MANY_GRANTS(400, "2404", "The key has too many grants."),
  TOO_MANY_GRANTS_OF_PRINCIPAL(400, "2405", "The principal has too many grants on the key."),
  GRANT_NOT_FOUND(400, "2501", "The grant does not exist."),
  GRANT_KEY_MISMATCH(400, "2502", "The grant is not of this key."),
  IMPORT_TOKEN_EXPIRED(400, "2601", "The import token has expired."),
  INVALID_EXPIRATION(400, "2602", "The expiration_time is not in the future."),
  IMPORT_TOKEN_OF_ANOTHER_KEY(400, "2603", "The import token is for another key."),
  MATERIAL_LENGTH(400, "2604", "The length of the key material is wrong."),
  INVALID_IMPORT_TOKEN(400, "2605", "The import token is invalid."),
  MATERIAL_DIFFERS(400, "2606", "The key material differs from that imported before."),
  PRIVATE_KEY_ABSENT(400, "2608", "The private key is absent."),
  PRIVATE_KEY_INVALID(400, "2609", "The private key is invalid."),
  TEMPORARY_KEY_LENGTH(400, "2610", "The temporary key must have 16 or 32 bytes."),
  MATERIAL_NOT_DELETABLE(
      400, "2701", "The key must be enabled or disabled for its material to be deleted."),
  PRIVATE_MATERIAL_NOT_DELETABLE(
      400, "2702", "The material of an asymmetric key cannot be deleted or expire."),
  ROTATION_ALREADY_ON(400, "2901", "Rotation is already on for this key."),
  INVALID_ROTATION_INTERVAL(400, "3001", "The rotation_interval is invalid.");

  private final int status;
  private final String code;
  private final String meaning;

  KmsError(int status, String number, String meaning) {
    this.status = status;
    this.code = "KMS." + number;
    this.meaning = meaning;
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public String code() {
    return code;
  }

  @Override
  public String meaning() {
    return meaning;
  }
}
