# shellcheck shell=sh
# Sourced by ./keyhold and ./mvnw. find_java_home prints the home of a Java 25, or says what to install and fails.

# $1: jdk or jre; $2: the home of a Java
is_java_25() {
  [ -x "$2/bin/java" ] && [ -r "$2/release" ] && grep -q '^JAVA_VERSION="25["._+-]' "$2/release" &&
    { [ "$1" = jre ] || [ -x "$2/bin/javac" ]; }
}

# $1: jdk (to build, the default) or jre (enough to run)
find_java_home() {
  kind=${1:-jdk}
  for home_found in "${KEYHOLD_JAVA_HOME:-}" "${JAVA_HOME:-}" \
    /usr/lib/jvm/*25* /usr/lib/jvm/* /opt/*25* /opt/java/* /usr/java/*25* /usr/local/*25* \
    "${HOME:-}"/.sdkman/candidates/java/25* "${HOME:-}"/.jdks/*25* "${HOME:-}"/.local/share/mise/installs/java/*25* \
    /Library/Java/JavaVirtualMachines/*25*/Contents/Home; do
    if [ -n "$home_found" ] && is_java_25 "$kind" "$home_found"; then
      printf '%s\n' "$home_found"
      return 0
    fi
  done
  on_path=$(command -v java 2>/dev/null) && on_path=$(readlink -f -- "$on_path") &&
    home_found=$(dirname -- "$(dirname -- "$on_path")") && is_java_25 "$kind" "$home_found" && {
    printf '%s\n' "$home_found"
    return 0
  }
  if [ "$kind" = jre ]; then
    what='Java 25 (a JDK or a JRE)'
  else
    what='JDK 25'
  fi
  cat >&2 <<END
keyhold: a $what is needed and none was found.
  Looked in \$KEYHOLD_JAVA_HOME, \$JAVA_HOME, /usr/lib/jvm, /opt, /usr/java, /usr/local, ~/.sdkman, ~/.jdks and the PATH.
  Install one (Debian and Ubuntu: package temurin-25-jdk or openjdk-25-jdk-headless; others: https://adoptium.net),
  or set JAVA_HOME to the one you have.
END
  return 1
}
