/// The command line.
@NullMarked
package dev.keyhold.cli;

import org.jspecify.annotations.NullMarked;
