/// The server's certificate and private key: made here or brought by the operator. Knows no
/// configuration and no listener.
@NullMarked
package dev.keyhold.tls;

import org.jspecify.annotations.NullMarked;
