/// Unwrapped keys in memory: opened once, lent to operations, wiped.
@NullMarked
package dev.keyhold.keyring;

import org.jspecify.annotations.NullMarked;
