package dev.keyhold.key;

import dev.keyhold.crypto.Bytes;

/// A keystore as the database has it, with the MAC over its columns.
public record StoredKeystore(Keystore keystore, Bytes mac) {}
