/// Cryptographic suites over bytes: no I/O, no clock, no configuration, no key ids. Every provider
/// exception, checked or not, ends here.
@NullMarked
package dev.keyhold.crypto;

import org.jspecify.annotations.NullMarked;
