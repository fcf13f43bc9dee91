/// Who calls and what they may do: users, access keys, tokens, request signatures, authorization.
@NullMarked
package dev.keyhold.iam;

import org.jspecify.annotations.NullMarked;
