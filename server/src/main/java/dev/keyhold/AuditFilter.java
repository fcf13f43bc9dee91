package dev.keyhold;

import dev.keyhold.audit.Outcome;
import dev.keyhold.cli.Command;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Which audit records are asked for.
final class AuditFilter {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String SINCE = "since";
  private static final String UNTIL = "until";
  private static final String LIMIT = "limit";
  private static final String CALLER = "caller";

  /// Flag to member of the record.
  private static final Map<String, String> EQUAL =
      Map.of(
          "key", "key_id",
          "action", "action",
          "outcome", "outcome",
          "request-id", "request_id");

  private final Instant since;
  private final Instant until;
  private final Map<String, String> wanted;
  private final Optional<String> caller;
  private long left;

  private AuditFilter(
      Instant since,
      Instant until,
      Map<String, String> wanted,
      Optional<String> caller,
      long limit) {
    this.since = since;
    this.until = until;
    this.wanted = wanted;
    this.caller = caller;
    this.left = limit;
  }

  static Options addTo(Options options) {
    return options
        .addOption(
            Command.value(SINCE, "TIME", "Not before: 2026-11-24T12:00:00Z, or 15m, 2h, 7d ago."))
        .addOption(Command.value(UNTIL, "TIME", "Before this time, written the same way."))
        .addOption(Command.value("key", "ID", "About this key."))
        .addOption(
            Command.value(
                CALLER, "ID", "Of this user, domain or access key; none, or keyhold itself."))
        .addOption(Command.value("action", "NAME", "Of this call, for example encrypt-datakey."))
        .addOption(Command.value("outcome", "WHAT", "allowed, refused or failed."))
        .addOption(Command.value("request-id", "ID", "Of this request."))
        .addOption(Command.value(LIMIT, "N", "At most so many, the oldest ones."));
  }

  static AuditFilter of(CommandLine given) {
    Map<String, String> wanted = new HashMap<>();
    EQUAL.forEach((flag, member) ->
        Optional.ofNullable(given.getOptionValue(flag))
            .ifPresent(value -> wanted.put(member, value)));
    requireOutcome(wanted.get("outcome"));
    return new AuditFilter(
        time(given, SINCE, Instant.EPOCH),
        time(given, UNTIL, Instant.MAX),
        wanted,
        Optional.ofNullable(given.getOptionValue(CALLER)),
        Optional.ofNullable(given.getOptionValue(LIMIT))
            .map(text ->
                Numbers.whole(text, 1, Integer.MAX_VALUE)
                    .orElseThrow(() -> new ConfigException("--limit wants a number from 1.")))
            .orElse(Long.MAX_VALUE));
  }

  /// A word that no record has would find nothing, which reads like an answer.
  private static void requireOutcome(@Nullable String wanted) {
    boolean known =
        wanted == null || Stream.of(Outcome.values()).anyMatch(it -> it.text().equals(wanted));
    if (!known) {
      throw new ConfigException("--outcome must be allowed, refused or failed.");
    }
  }

  private static Instant time(CommandLine given, String flag, Instant otherwise) {
    String text = given.getOptionValue(flag);
    if (text == null) {
      return otherwise;
    }
    try {
      return Numbers.duration(text)
          .map(ago -> Instant.now().minus(ago))
          .orElseGet(() -> Instant.parse(text));
    } catch (DateTimeException _) {
      throw new ConfigException(
          "--" + flag + " wants a time such as 2026-11-24T12:00:00Z, or a duration such as 2h.");
    }
  }

  Instant since() {
    return since;
  }

  Instant until() {
    return until;
  }

  boolean isFull() {
    return left == 0;
  }

  /// A record that was asked for.
  record Found(JsonNode node, String json) {
    String text(String member) {
      return textOr(member, "");
    }

    String textOr(String member, String otherwise) {
      return node.path(member).asString(otherwise);
    }

    String caller() {
      String credential = textOr("credential", text("caller"));
      return credential.equals("token") || credential.equals("password")
          ? text("user_id")
          : credential;
    }
  }

  /// @return empty when it was not asked for
  Optional<Found> match(Instant at, String json) {
    JsonNode node = JSON.readTree(json);
    boolean matches =
        at.isBefore(until)
            && wanted.entrySet().stream()
                .allMatch(each -> node.path(each.getKey()).asString("").equals(each.getValue()))
            && caller.map(id -> isOf(node, id)).orElse(true);
    if (!matches) {
      return Optional.empty();
    }
    left--;
    return Optional.of(new Found(node, json));
  }

  private static boolean isOf(JsonNode node, String id) {
    for (String member : new String[] {"user_id", "domain_id", "credential", "caller"}) {
      if (node.path(member).asString("").equals(id)) {
        return true;
      }
    }
    return false;
  }
}
