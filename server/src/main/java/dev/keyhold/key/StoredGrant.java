package dev.keyhold.key;

import dev.keyhold.crypto.Bytes;

/// A grant as the database has it, with the MAC over its columns.
public record StoredGrant(Grant grant, Bytes mac) {}
