package dev.keyhold.crypto;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLClassLoader;
import java.security.Provider;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;

/// The Amazon Corretto Crypto Provider, if it runs here.
///
/// It comes as one jar for each processor, and all of them call their native library by the same
/// name: on the class path the first jar would win, right or wrong. So it is loaded from the jar of
/// this processor alone, by a class loader of its own, and only when somebody asks: that takes a
/// tenth of a second.
final class NativeProvider {
  private static final String CLASS_NAME =
      "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";
  private static final String FOUND_IN_EACH_JAR =
      "com/amazon/corretto/crypto/provider/version.properties";

  private NativeProvider() {}

  sealed interface Outcome {}

  record Loaded(Provider provider) implements Outcome {}

  /// @param why a sentence for the operator
  record Absent(String why) implements Outcome {}

  static Outcome load() {
    Optional<String> platform =
        platform(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    if (platform.isEmpty()) {
      return new Absent("it has no build for this platform");
    }
    try {
      Optional<URL> jar = jarFor(platform.get());
      return jar.isPresent()
          ? new Loaded(start(jar.get()))
          : new Absent("its jar for " + platform.get() + " is not among the program's libraries");
    } catch (InvocationTargetException e) {
      return new Absent(String.valueOf(e.getCause()));
    } catch (ReflectiveOperationException | IOException | LinkageError | RuntimeException e) {
      return new Absent(String.valueOf(e));
    }
  }

  /// The classifier of the jar for this platform.
  static Optional<String> platform(String osName, String processor) {
    if (!osName.toLowerCase(Locale.ROOT).startsWith("linux")) {
      return Optional.empty();
    }
    return switch (processor) {
      case "amd64", "x86_64" -> Optional.of("linux-x86_64");
      case "aarch64" -> Optional.of("linux-aarch_64");
      default -> Optional.empty();
    };
  }

  private static Optional<URL> jarFor(String platform) throws IOException {
    var resources = NativeProvider.class.getClassLoader().getResources(FOUND_IN_EACH_JAR);
    for (URL resource : Collections.list(resources)) {
      if (resource.openConnection() instanceof JarURLConnection entry
          && entry.getJarFileURL().getPath().endsWith("-" + platform + ".jar")) {
        return Optional.of(entry.getJarFileURL());
      }
    }
    return Optional.empty();
  }

  // The loader stays open: the provider loads classes as long as it lives.
  @SuppressWarnings("resource")
  private static Provider start(URL jar) throws ReflectiveOperationException {
    var loader = new URLClassLoader(new URL[] {jar}, ClassLoader.getPlatformClassLoader());
    Class<?> type = Class.forName(CLASS_NAME, true, loader);
    var provider = (Provider) type.getField("INSTANCE").get(null);
    type.getMethod("assertHealthy").invoke(provider); // its self-tests, once
    return provider;
  }
}
