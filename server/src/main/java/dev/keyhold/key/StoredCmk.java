package dev.keyhold.key;

import dev.keyhold.crypto.Bytes;

/// A CMK as the database has it, with the MAC over its columns that `keyring` computes and checks.
///
/// @param mac HMAC-SHA256, 32 bytes, under a key of the project; see `keyring.CmkMac`
public record StoredCmk(Cmk cmk, Bytes mac) {}
