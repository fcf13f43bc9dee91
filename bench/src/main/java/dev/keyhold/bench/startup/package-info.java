/// How long the server takes to start.
@NullMarked
package dev.keyhold.bench.startup;

import org.jspecify.annotations.NullMarked;
