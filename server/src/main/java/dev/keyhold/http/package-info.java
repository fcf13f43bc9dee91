/// The edge: listener, route table, limits, codecs, error rendering. Holds no rule of the KMS.
@NullMarked
package dev.keyhold.http;

import org.jspecify.annotations.NullMarked;
