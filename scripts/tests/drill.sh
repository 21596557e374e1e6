#!/usr/bin/env bash
# The drill fails when the points after it are others than before, and stops what it started. Broker,
# server and Java are stand-ins here: the real ones run in `scripts/drill`.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

project="$scratch/a project"
mkdir -p "$project/scripts" "$project/dist/millrace/bin" "$project/dist/kafka/lib"
cp -R "$root/scripts/lib" "$root/scripts/drill" "$project/scripts/"
fake_jdk "$scratch/jdk" 25
printf '#!/bin/sh\n' >"$project/scripts/build"
cat >"$project/scripts/kafka" <<'SH'
#!/usr/bin/env bash
[ "$1" != --prepare ] || exit 0
trap 'echo "kafka ended" >>"$RECORD"; exit 143' TERM
echo "ready 127.0.0.1:4242"
while :; do sleep 0.1; done
SH
# Counts what was "filled": the number of points is kept in a file.
cat >"$project/dist/millrace/bin/millrace" <<'SH'
#!/usr/bin/env bash
echo "$1 ${2:-}" >>"$RECORD"
case $1 in
  serve)
    mkdir -p "$(sed -n 's/.*storage_path: "\(.*\)".*/\1/p' "$3")/snapshots/drill"
    touch "$(sed -n 's/.*storage_path: "\(.*\)".*/\1/p' "$3")/snapshots/drill/x.snapshot"
    touch "$RECORD.serves"
    case $3 in *feeding*) [ ! -e "$RECORD.restored" ] || echo 12 >"$RECORD.points" ;; esac
    trap 'exit 0' TERM
    while :; do sleep 0.1; done
    ;;
  count) echo "{\"count\": $(cat "$RECORD.points")}" ;;
  snapshot)
    until [ -e "$RECORD.serves" ]; do sleep 0.1; done
    if [ "$2" = restore ]; then
      touch "$RECORD.restored"
      echo 10 >"$RECORD.points"
    fi
    ;;
esac
SH
mv "$scratch/jdk/bin/java" "$scratch/jdk/bin/java.version"
cat >"$scratch/jdk/bin/java" <<'SH'
#!/usr/bin/env bash
case "$*" in
  *"Drill.java fill"*) echo "${!#}" >"$RECORD.points" ;;
  *"Drill.java checksum"*)
    if [ -e "$RECORD.restored" ]; then echo "12 ${AFTER:-same}"; else echo "12 same"; fi
    ;;
  *) exec "$0.version" "$@" ;;
esac
SH
chmod +x "$project/scripts/build" "$project/scripts/kafka" "$project/dist/millrace/bin/millrace" \
  "$scratch/jdk/bin/java"

run() {
  export RECORD="$scratch/$1"
  status=0
  JAVA_HOME="$scratch/jdk" "$project/scripts/drill" --points 10 >"$RECORD.out" 2>&1 || status=$?
}

run good
check "a drill whose points are equal is a success" 0 "$status"
check_has "it prints what was lost" "RPO        0 points lost" "$(cat "$scratch/good.out")"
check_has "it prints how long it took" "RTO" "$(cat "$scratch/good.out")"
check_has "the broker is stopped" "kafka ended" "$(cat "$scratch/good")"

AFTER=other run bad
check "a drill whose points differ fails" 1 "$status"
check_has "and says so" "the points are others than before" "$(cat "$scratch/bad.out")"
check_has "and stops the broker" "kafka ended" "$(cat "$scratch/bad")"

if command -v python3 >/dev/null 2>&1; then
  python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
s.accept()' >"$scratch/taken" &
  children+=("$!")
  port=$(wait_for_line '^[0-9]' "$scratch/taken")
  status=0
  out=$(RECORD="$scratch/other" JAVA_HOME="$scratch/jdk" "$project/scripts/drill" --port "$port" 2>&1) || status=$?
  check "another's server is not taken for its own" "1 drill: port $port is in use by another process; choose another one" "$status $out"
  check "and not touched" no "$([ -e "$scratch/other" ] && echo yes || echo no)"
fi

status=0
"$project/scripts/drill" --points many >"$scratch/usage" 2>&1 || status=$?
check "a number that is none is wrong usage" 2 "$status"
summary
