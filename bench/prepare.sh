# Sourced by the commands of this folder: sets $root, $java and $classes, and builds what is missing or out of date.

root=$(CDPATH='' cd -- "$here/.." && pwd)
. "$root/.mvn/find-java.sh"
java=$(find_java_home)/bin/java || exit 1
jar=$here/target/keyhold-bench.jar
classes=$jar:$here/target/lib/*
if [ ! -f "$jar" ] ||
  [ -n "$(find "$root/pom.xml" "$root/server/pom.xml" "$here/pom.xml" "$root/server/src/main" "$here/src/main" \
    -type f -newer "$jar" -print | head -n 1)" ]; then
  echo "bench: building" >&2
  "$root/mvnw" -q -pl bench -am package -DskipTests >&2
  touch "$jar"
fi
