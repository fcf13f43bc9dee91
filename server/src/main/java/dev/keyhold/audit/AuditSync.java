package dev.keyhold.audit;

/// How long an answer waits for its record in the segment files.
public enum AuditSync {
  /// Each record is forced to the disk by itself.
  EACH,
  /// What waits is written together and forced to the disk once. Nothing acknowledged is lost.
  GROUP,
  /// What waits is handed to the operating system. A killed process loses nothing acknowledged; a
  /// power cut or a crash of the system loses what it had not written yet.
  OS
}
