#!/usr/bin/env bash
# The packaged launcher: its Java, the order of its arguments, signals and exit codes.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

# A packed folder with three jars, as scripts/build makes it.
home="$scratch/packed millrace"
mkdir -p "$home/bin" "$home/lib"
cp "$root/scripts/lib/launcher" "$home/bin/millrace"
chmod 755 "$home/bin/millrace"
cp "$root/scripts/lib/find-java.sh" "$root/scripts/lib/java-flags" "$home/lib/"
printf 'b-1.jar\na-2.jar\nc.jar\n' >"$home/lib/classpath"
fake_jdk "$scratch/java home" 25.0.3 no-javac
bare_path "$scratch/bin"
run() { # ENV... -- ARG...
  local vars=()
  while [ "$1" != -- ]; do
    vars+=("$1")
    shift
  done
  shift
  env -i "PATH=$scratch/bin" "HOME=$scratch" "MILLRACE_JVM_PARENT=$scratch/nowhere" \
    "MILLRACE_JAVA_HOME_TOOL=$scratch/nowhere" ${vars[@]+"${vars[@]}"} "${launcher:-$home/bin/millrace}" "$@"
}

flags='--add-modules
jdk.incubator.vector
--enable-native-access=ALL-UNNAMED
--sun-misc-unsafe-memory-access=allow
-XX:+UseCompactObjectHeaders
-XX:+ExitOnOutOfMemoryError
-Dfile.encoding=UTF-8'
tail="-cp
$home/lib/b-1.jar:$home/lib/a-2.jar:$home/lib/c.jar
io.millrace.app.Main"

out=$(run "JAVA_HOME=$scratch/java home" -- serve "two words" "")
check "flags, class path in the order of its list, main class, arguments" \
  "$flags
$tail
serve
two words" "$(tail -n +2 <<<"$out")"
out=$(run "JAVA_HOME=$scratch/java home" "MILLRACE_JAVA_OPTS=-Xmx1g -Da=b" -- status)
check "MILLRACE_JAVA_OPTS come after our flags" \
  "$flags
-Xmx1g
-Da=b
$tail
status" "$(tail -n +2 <<<"$out")"

mkdir -p "$home/lib/ext/native"
touch "$home/lib/ext/d.jar"
out=$(run "JAVA_HOME=$scratch/java home" -- serve)
check "modules of lib/ext come last, with their native code" \
  "$flags
-Donnxruntime.native.path=$home/lib/ext/native
-cp
$home/lib/b-1.jar:$home/lib/a-2.jar:$home/lib/c.jar:$home/lib/ext/d.jar
io.millrace.app.Main
serve" "$(tail -n +2 <<<"$out")"
rm -r "$home/lib/ext"

mkdir "$scratch/links"
ln -s "$home/bin/millrace" "$scratch/links/direct"
ln -s direct "$scratch/links/again"
out=$(launcher=$scratch/links/again run "JAVA_HOME=$scratch/java home" -- status)
check_has "it finds its folder through links" "$home/lib/b-1.jar:" "$out"
out=$(cd "$home/bin" && launcher=./millrace run "JAVA_HOME=$scratch/java home" -- status)
check_has "it finds its folder when started beside it" "$home/lib/b-1.jar:" "$out"

status=0
run "JAVA_HOME=$scratch/java home" FAKE_STATUS=42 -- status >/dev/null || status=$?
check "the exit code is the JVM's own" 42 "$status"
out=$(PATH=$scratch/bin HOME=$scratch JAVA_HOME="$scratch/java home" bash -c 'echo "pid $$"; exec "$1"' bash "$home/bin/millrace")
check "the JVM has the process id of the launcher" "$(sed -n 1p <<<"$out")" "$(sed -n 2p <<<"$out")"

status=0
out=$(run -- status 2>&1) || status=$?
check "without a Java it ends with 1" 1 "$status"
check_has "and says what to do" "set JAVA_HOME" "$out"
fake_jdk "$home/runtime" 25.0.3 no-javac
out=$(run -- status)
check_has "a run time in the folder itself is used" "io.millrace.app.Main" "$out"
check "without an AOT cache none is named" "" "$(grep AOT <<<"$out" || true)"
touch "$home/lib/millrace.aot"
mkdir "$home/lib/native"
out=$(run "JAVA_HOME=$scratch/java home" -- status)
check "the run time of the folder wins over JAVA_HOME, with the cache and the libraries made for it" \
  "$flags
-XX:AOTCache=$home/lib/millrace.aot
-DZstdNativePath=$home/lib/native/libzstd-jni.so
-Dorg.xerial.snappy.lib.path=$home/lib/native
$tail
status" "$(tail -n +2 <<<"$out")"
out=$(run "MILLRACE_JAVA_HOME=$scratch/java home" -- status)
check "MILLRACE_JAVA_HOME wins over it, without the cache" "" "$(grep AOT <<<"$out" || true)"
printf 'b-1.jar\napp-1.jar\napp-x.jar\n' >"$home/lib/classpath"
out=$(run -- health --port 7)
check "a health check needs one jar" "-cp
$home/lib/app-1.jar
io.millrace.app.command.Health
--port
7" "$(tail -n 5 <<<"$out")"

# The folder that scripts/build made, where there is one.
lib=$root/dist/millrace/lib
if [ -d "$lib" ]; then
  check "the list names every jar once" "$(cd "$lib" && LC_ALL=C ls -- *.jar)" "$(cat "$lib/classpath")"
  check "no broker, no test harness, no test library among them" "" \
    "$(grep -E '^(kafka_|kafka-server|scala-|torture|junit|assertj|archunit)|-tests\.jar$' "$lib/classpath" || true)"
  for jar in index-core ingest query-api app benchmarks lucene-core logback-classic; do
    check "$jar is there once" 1 "$(grep -c "^$jar-[0-9]" "$lib/classpath")"
  done
  status=0
  out=$("$root/dist/millrace/bin/millrace" --help 2>&1) || status=$?
  check "the packed millrace --help ends with 0" 0 "$status"
fi

summary
