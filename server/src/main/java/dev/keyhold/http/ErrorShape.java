package dev.keyhold.http;

/// How the clients of a route expect an error to look.
public enum ErrorShape {
  /// By its table: `{"error":{"error_code","error_msg"}}` for `KMS.*`, flat with `request_id` for
  /// `APIGW.*`.
  KMS,

  /// As OpenStack's Keystone has it, whatever the table:
  /// `{"error":{"code":401,"message":"…","title":"Unauthorized"}}`.
  IDENTITY
}
