/// Where the process is put together: configuration, commands, start and stop. The one package that
/// knows every other.
@NullMarked
package dev.keyhold;

import org.jspecify.annotations.NullMarked;
