# Sourced by ./keyhold and ./mvnw. find_java_home prints the home of a JDK 25, or says what to install and fails.

is_jdk_25() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] && grep -q '^JAVA_VERSION="25[."]' "$1/release"
}

find_java_home() {
  if [ -n "${KEYHOLD_JAVA_HOME:-}" ] && is_jdk_25 "$KEYHOLD_JAVA_HOME"; then
    printf '%s\n' "$KEYHOLD_JAVA_HOME"
    return 0
  fi
  if [ -n "${JAVA_HOME:-}" ] && is_jdk_25 "$JAVA_HOME"; then
    printf '%s\n' "$JAVA_HOME"
    return 0
  fi
  for home in /usr/lib/jvm/*25* /opt/*25* /opt/java/* /usr/java/*25* "$HOME"/.sdkman/candidates/java/25* \
    "$HOME"/.jdks/*25* /Library/Java/JavaVirtualMachines/*25*/Contents/Home; do
    if is_jdk_25 "$home"; then
      printf '%s\n' "$home"
      return 0
    fi
  done
  on_path=$(command -v javac 2>/dev/null) && home=$(dirname -- "$(dirname -- "$(readlink -f -- "$on_path")")") &&
    is_jdk_25 "$home" && {
    printf '%s\n' "$home"
    return 0
  }
  cat >&2 <<'EOF'
keyhold: a JDK 25 is needed and none was found.
  Looked in $KEYHOLD_JAVA_HOME, $JAVA_HOME, /usr/lib/jvm, /opt, ~/.sdkman, ~/.jdks and the PATH.
  Install one (Debian and Ubuntu: package temurin-25-jdk or openjdk-25-jdk-headless) or set JAVA_HOME to it.
EOF
  return 1
}
