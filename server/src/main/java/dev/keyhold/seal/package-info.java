/// The root key and the key-encryption keys under it. Whatever Keyhold stores of a secret is
/// wrapped here first, with the row's identity as AAD.
@NullMarked
package dev.keyhold.seal;

import org.jspecify.annotations.NullMarked;
