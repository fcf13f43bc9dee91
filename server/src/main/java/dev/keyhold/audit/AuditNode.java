package dev.keyhold.audit;

import java.time.InstantSource;

/// The server that records.
///
/// @param id 16 hexadecimal characters, the same for as long as its audit folder is
/// @param clock what the times of records are read from
public record AuditNode(String id, InstantSource clock) {}
