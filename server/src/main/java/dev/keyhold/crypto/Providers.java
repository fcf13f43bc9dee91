package dev.keyhold.crypto;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Security;

/// The JDK's providers, looked up once. Naming them keeps what the JVM's configuration puts first
/// in its list out of our cryptography.
final class Providers {
  static final Provider SUN = installed("SUN");
  static final Provider SUN_JCE = installed("SunJCE");

  private Providers() {}

  /// @throws IllegalStateException when the JDK lacks it
  static Provider installed(String name) {
    Provider provider = Security.getProvider(name);
    if (provider == null) {
      throw new IllegalStateException(
          "the security provider " + name + " is not enabled in this Java installation");
    }
    return provider;
  }

  interface Lookup<T> {
    T get() throws GeneralSecurityException;
  }

  /// An algorithm that every JDK 25 has.
  static <T> T mustHave(Lookup<T> lookup) {
    try {
      return lookup.get();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java installation lacks an algorithm", e);
    }
  }
}
