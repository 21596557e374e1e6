#!/usr/bin/env bash
# The broker for development: says when it is ready, stops on SIGTERM, keeps its data over kill -9.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"
# shellcheck source=scripts/lib/find-java.sh
. "$root/scripts/lib/find-java.sh"
find_java jdk "${MILLRACE_TOOLS:-$root/.tools}/jdk" || { echo "this test needs a JDK" && exit 1; }

start() { # OUT [ARG...]; sets pid and address
  local out=$1
  shift
  "$root/scripts/kafka" --data "$scratch/the data" "$@" >"$out" 2>"$out.err" &
  pid=$!
  children+=("$pid")
  address=$(wait_for_line '^ready ' "$out" | sed 's/^ready //')
}
topic() { # VERB [NAME]
  "$java_home/bin/java" -cp "$root/dist/kafka/lib/*" "$root/scripts/tests/Topic.java" "$1" "$address" "${2:-kept}" 2>/dev/null
}

start "$scratch/first" --port 0
check_has "it names its address" "127.0.0.1:" "$address"
check "a topic can be made and filled at once" "sent 1000" "$(topic fill)"
status=0
"$root/scripts/kafka" --data "$scratch/other" --port "${address#*:}" >"$scratch/second" 2>&1 || status=$?
check "a taken port ends with 1" 1 "$status"
check_has "and is named" "port ${address#*:} is taken" "$(cat "$scratch/second")"

kill -9 "$pid"
status=0
wait "$pid" 2>/dev/null || status=$?
check "kill -9 hits the JVM itself" 137 "$status"
start "$scratch/third" --topic asked:3 --topic kept:1 --port "${address#*:}"
check "all records are there after kill -9" "found 1000" "$(topic count)"

check "a topic that was asked for is there when it is ready" "found 0" "$(topic count asked)"

kill "$pid"
status=0
wait "$pid" 2>/dev/null || status=$?
check "SIGTERM ends it" 143 "$status"
check "it printed nothing else" "ready $address" "$(cat "$scratch/third")"

status=0
out=$("$root/scripts/kafka" --port 99999 2>&1) || status=$?
check "a port that is none ends with 2" 2 "$status"
status=0
out=$("$root/scripts/kafka" --topic three 2>&1) || status=$?
check "a topic without partitions ends with 2" 2 "$status"
status=0
out=$("$root/scripts/kafka" --prot 1 2>&1) || status=$?
check "an unknown option ends with 2" 2 "$status"
check_has "and is named" "unknown option --prot" "$out"

summary
