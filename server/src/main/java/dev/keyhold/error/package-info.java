/// The published error tables and the exceptions that carry their rows. Knows nothing of HTTP
/// beyond the status that the tables print, and depends on nothing. [Throttle] says how often a
/// failure is told to the log.
@NullMarked
package dev.keyhold.error;

import org.jspecify.annotations.NullMarked;
