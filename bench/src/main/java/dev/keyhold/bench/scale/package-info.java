/// `bench/scale`: an empty store beside one with a million keys.
@NullMarked
package dev.keyhold.bench.scale;

import org.jspecify.annotations.NullMarked;
