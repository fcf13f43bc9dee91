/// Load on a real server process, and what it costs there. Knows the HTTP API, the launcher and
/// `/proc`, and nothing of the server's classes.
@NullMarked
package dev.keyhold.bench.load;

import org.jspecify.annotations.NullMarked;
