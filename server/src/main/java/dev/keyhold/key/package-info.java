/// The CMK domain: ids, specs, the state machine, and what a stored key is. Knows no SQL, no HTTP
/// and no cryptography; `store` implements its repositories.
@NullMarked
package dev.keyhold.key;

import org.jspecify.annotations.NullMarked;
