package dev.keyhold.feed;

import java.util.function.Consumer;

/// What a node holds in memory of one kind.
///
/// @param forget by the id of a [Change]; throws `IllegalArgumentException` for what is none
/// @param forgetAll empties it
public record Followed(Consumer<String> forget, Runnable forgetAll) {}
