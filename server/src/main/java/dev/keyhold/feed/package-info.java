/// How a node of many learns what the others have changed, and knows how old its knowledge is: the
/// change feed of a shared store, the thread that follows it, and the caches that it keeps fresh.
/// Knows no SQL and nothing of what is cached.
@NullMarked
package dev.keyhold.feed;

import org.jspecify.annotations.NullMarked;
