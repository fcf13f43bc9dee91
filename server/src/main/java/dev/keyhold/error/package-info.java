/// The published error tables and the exceptions that carry their rows. Knows nothing of HTTP
/// beyond the status that the tables print, and depends on nothing. Also how often the log is told
/// of what fails again and again.
@NullMarked
package dev.keyhold.error;

import org.jspecify.annotations.NullMarked;
