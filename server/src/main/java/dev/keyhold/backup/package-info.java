/// Backups as a stream: what is in one and how it is sealed. Rows come from and go to the store as
/// [dev.keyhold.store.RowSink] takes them; nothing here knows what they mean.
@NullMarked
package dev.keyhold.backup;

import org.jspecify.annotations.NullMarked;
