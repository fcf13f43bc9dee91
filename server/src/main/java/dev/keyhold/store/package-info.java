/// SQL behind the repositories of the domain packages.
@NullMarked
package dev.keyhold.store;

import org.jspecify.annotations.NullMarked;
