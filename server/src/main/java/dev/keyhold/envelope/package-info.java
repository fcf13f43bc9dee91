/// Keyhold's ciphertext format and what is bound into it; docs/envelope-format.md is the
/// specification.
@NullMarked
package dev.keyhold.envelope;

import org.jspecify.annotations.NullMarked;
