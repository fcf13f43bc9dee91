package dev.keyhold.http;

/// Who may make a call. It is part of the route itself, so that no second list of path patterns can
/// disagree with the route table.
public enum Access {
  /// Anyone who can connect.
  OPEN,

  /// An authenticated user, whatever project or domain they act in.
  PRINCIPAL,

  /// An authenticated user acting in a project of theirs, which the path names as `{project_id}`.
  CALLER
}
