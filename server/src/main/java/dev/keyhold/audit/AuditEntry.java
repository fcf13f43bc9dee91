package dev.keyhold.audit;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One record while it comes about: what is known of a call is noted as soon as it is, by whichever
/// thread has the call. It becomes bytes once, in a transaction or in the log.
///
/// There is no place in it for anything that a caller wrote, but for ids in their one form.
public final class AuditEntry {
  /// Told, on the thread of a [Lane], what became of the record.
  @FunctionalInterface
  public interface Waiting {
    /// @param durable whether it is in the log, as durable as [AuditSync] has it
    void settled(boolean durable);
  }

  enum Who {
    NOBODY,
    USER,
    KEYHOLD
  }

  private final AuditNode node;
  final String requestId;
  final String source;
  final String action;
  Who who;
  String domain = "";
  String user = "";
  String credential = "";
  String project = "";
  String key = "";
  Outcome outcome = Outcome.ALLOWED;
  int status;
  String error = "";

  private boolean committed;

  // Of whoever has this in a queue.
  @Nullable AuditEntry next;
  @Nullable Lane lane;
  @Nullable Waiting waiting;

  private AuditEntry(
      AuditNode node, String requestId, String source, String action, Who who, int status) {
    this.node = node;
    this.requestId = requestId;
    this.source = source;
    this.action = action;
    this.who = who;
    this.status = status;
  }

  /// @param requestId 32 hexadecimal characters
  /// @param source the address that the call came from
  /// @param action of the API
  /// @param successStatus the HTTP status it has if it succeeds
  public static AuditEntry ofCall(
      AuditNode node, String requestId, String source, String action, int successStatus) {
    return new AuditEntry(node, requestId, source, action, Who.NOBODY, successStatus);
  }

  /// What Keyhold does unasked.
  static AuditEntry ofKeyhold(AuditNode node, String action) {
    return new AuditEntry(
        node, UUID.randomUUID().toString().replace("-", ""), "", action, Who.KEYHOLD, 0);
  }

  /// The call begins, perhaps again: what an alias meant before it may mean no more.
  public void begins() {
    this.key = "";
  }

  /// @param credential an access key id, or `token`
  public void caller(String domainId, String userId, String credential) {
    this.who = Who.USER;
    this.domain = domainId;
    this.user = userId;
    this.credential = credential;
  }

  public void project(String projectId) {
    this.project = projectId;
  }

  /// The first key that a call names, or makes, is the record's.
  public void key(String keyId) {
    if (key.isEmpty()) {
      key = keyId;
    }
  }

  /// How the call ended.
  ///
  /// @param error its published code, empty for a success
  public void ended(Outcome outcome, int status, String error) {
    this.outcome = outcome;
    this.status = status;
    this.error = error;
  }

  /// The record of a success, to be committed with the change that it tells of.
  public AuditRecords.Committed record() {
    Instant now = Instant.ofEpochMilli(node.clock().millis());
    return new AuditRecords.Committed(now, requestId, RecordText.of(this, node.id(), now));
  }

  /// To be called when the transaction that has this record is committed.
  public void committed() {
    committed = true;
  }

  /// Whether a transaction that is committed has it.
  public boolean isCommitted() {
    return committed;
  }

  /// Whether the log still needs this record: a success that a transaction has recorded is told of,
  /// while a change followed by a failure is two things to be told.
  public boolean isOwed() {
    return !committed || outcome != Outcome.ALLOWED;
  }
}
