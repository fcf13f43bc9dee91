package dev.keyhold.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Where a shared store is, and how it is used. Holds no secret.
///
/// @param url `jdbc:postgresql://host[:port][,host…]/database[?parameters]`, the driver's form
/// @param user empty when the URL names one, or the system user's name is meant
/// @param passwordFile its first line is the password, read at each new connection
/// @param connections how many calls are in the database at once
/// @param patience how long a call may take, before it is refused
/// @param notifies whether nodes wake each other with `NOTIFY`; else they only look at intervals
public record PostgresSettings(
    String url,
    Optional<String> user,
    Optional<Path> passwordFile,
    int connections,
    Duration patience,
    boolean notifies) {
  public static final String PREFIX = "jdbc:postgresql:";
}
