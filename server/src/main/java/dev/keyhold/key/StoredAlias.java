package dev.keyhold.key;

import dev.keyhold.crypto.Bytes;

/// An alias as the database has it, with the MAC over its columns.
public record StoredAlias(Alias alias, Bytes mac) {}
