package dev.keyhold;

import java.nio.file.Path;

/// A value that somebody gave a property.
///
/// @param where it was given, in words that find it again: `keyhold.yaml, line 12`
/// @param base the folder that relative paths start from
record Setting(String text, String where, Path base) {}
