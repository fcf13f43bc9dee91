/// JMH benchmarks of what stands between a request and its answer. Those that need what `http`
/// keeps to itself are in that package.
@NullMarked
package dev.keyhold.bench.micro;

import org.jspecify.annotations.NullMarked;
