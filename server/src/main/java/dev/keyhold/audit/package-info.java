/// The audit log: one record a call, which is durable before its answer leaves. Knows strings and
/// files; neither HTTP nor SQL, and of the key domain only how ids are written.
@NullMarked
package dev.keyhold.audit;

import org.jspecify.annotations.NullMarked;
