/// The API: one file per family of operations, its wire records inside. Knows no HTTP.
@NullMarked
package dev.keyhold.operation;

import org.jspecify.annotations.NullMarked;
