package dev.keyhold.audit;

/// Where [AuditScope] is bound: an interface can hide no field.
final class Current {
  static final ScopedValue<AuditScope> SCOPE = ScopedValue.newInstance();

  private Current() {}
}
