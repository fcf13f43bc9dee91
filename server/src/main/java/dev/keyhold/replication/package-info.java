/// Multi-region keys: how two deployments that share a secret bring a key's material from one to
/// the other, and agree which of them rotates it. Knows the protocol (docs/multi-region.md) and
/// HTTP as a client; nothing of the API's requests, and of keys only what the keyring lends.
@org.jspecify.annotations.NullMarked
package dev.keyhold.replication;
