package dev.keyhold.key;

/// A label of a key.
///
/// @param key 1 to 36 characters, unique within the CMK
/// @param value 0 to 43 characters
public record Tag(String key, String value) {}
