#!/usr/bin/env bash
# The quick start stops what it started, whatever happens. Broker, server and demo are stand-ins here:
# the real ones run in `scripts/quickstart --exit`.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

# A project whose parts write down what they were started with and when they end.
project="$scratch/a project"
mkdir -p "$project/scripts" "$project/dist/millrace/bin" "$project/samples"
cp -R "$root/scripts/lib" "$root/scripts/quickstart" "$project/scripts/"
fake_jdk "$scratch/jdk" 25
printf '#!/bin/sh\n' >"$project/scripts/build"
cat >"$project/scripts/kafka" <<'SH'
#!/usr/bin/env bash
[ "$1" != --prepare ] || exit 0
echo "kafka $*" >>"$RECORD"
[ -z "${BROKER_FAILS:-}" ] || exit 1
trap 'echo "kafka ended" >>"$RECORD"; exit 143' TERM
echo "ready 127.0.0.1:4242"
while :; do sleep 0.1; done
SH
cat >"$project/dist/millrace/bin/millrace" <<'SH'
#!/usr/bin/env bash
echo "$*" >>"$RECORD"
case $1 in
  serve)
    trap 'echo "server ended" >>"$RECORD"; exit 0' TERM
    echo "a line of the server"
    cp "$3" "$RECORD.yaml"
    while [ ! -e "$RECORD.die" ]; do sleep 0.1; done
    exit 9
    ;;
  demo)
    until [ -e "$RECORD.yaml" ]; do sleep 0.1; done
    echo "demo ran"
    exit "${DEMO_STATUS:-0}"
    ;;
esac
SH
chmod 755 "$project/scripts"/{build,kafka} "$project/dist/millrace/bin/millrace"
export JAVA_HOME=$scratch/jdk RECORD=$scratch/record TMPDIR=$scratch
run() { # ARG...; sets status and out
  status=0
  rm -f "$RECORD"*
  out=$("$project/scripts/quickstart" "$@" 2>&1) || status=$?
}
ended() { grep ' ended$' "$RECORD" | tr '\n' ' '; }
left() { find "$scratch" -maxdepth 1 -name 'millrace quickstart*'; }

run --exit
check "with --exit it ends by itself" 0 "$status"
check_has "the demo ran" "demo ran" "$out"
check "the server is stopped before the broker" "server ended kafka ended " "$(ended)"
check "the temporary folder is gone" "" "$(left)"
check_has "the broker makes the topic with three partitions" "--topic words:3" "$(cat "$RECORD")"
check_has "the demo knows the broker" "--kafka 127.0.0.1:4242 --topic words" "$(cat "$RECORD")"
check_has "the server reads the topic" 'topics: [words], collection: wordnet' "$(cat "$RECORD.yaml")"
check_has "from that broker" 'bootstrap: "127.0.0.1:4242"' "$(cat "$RECORD.yaml")"
check_has "and the inbox that the demo fills" "path: \"$(sed -n 's/.*--inbox \(.*\) --collection.*/\1/p' "$RECORD")\"" \
  "$(cat "$RECORD.yaml")"

DEMO_STATUS=1 run --exit
check "what the demo finds wrong is the status" 1 "$status"
check_has "the server's log is shown" "a line of the server" "$out"
check "all is stopped after a failure" "server ended kafka ended " "$(ended)"
check "the temporary folder is gone after a failure" "" "$(left)"

BROKER_FAILS=1 run --exit
check "a broker that does not start ends it" 1 "$status"
check_has "with a sentence" "the broker did not start" "$out"

DEMO_STATUS=1 run --data "$scratch/kept"
check "without --exit a failure ends it too" 1 "$status"
check "the folder that was given is kept" yes "$([ -e "$scratch/kept/server.log" ] && echo yes)"
DEMO_STATUS=1 run --data "$scratch/kept" --port 7777
check_has "the second time it begins anew, on the port given" "http_port: 7777" "$(cat "$RECORD.yaml")"
mkdir "$scratch/foreign"
touch "$scratch/foreign/file"
run --exit --data "$scratch/foreign"
check "a folder with other files is refused" 1 "$status"
check "and left alone" yes "$([ -e "$scratch/foreign/file" ] && echo yes)"

stay() { # starts it without --exit and waits until it says that it stays up; sets pid
  rm -f "$RECORD"*
  "$project/scripts/quickstart" --data "$scratch/kept" >"$scratch/out" 2>&1 &
  pid=$!
  children+=("$pid")
  wait_for_line 'stays up until' "$scratch/out" >/dev/null
  status=0
}
stay
kill -TERM "$pid"
wait "$pid" || status=$?
check "SIGTERM ends it" 143 "$status"
check "and stops all" "server ended kafka ended " "$(ended)"
check "that is no failure, so no logs are shown" 0 "$(grep -c 'a line of the server' "$scratch/out" || true)"
check_has "what to try was printed" "curl -s http://127.0.0.1:" "$(cat "$scratch/out")"

stay
touch "$RECORD.die"
wait "$pid" || status=$?
check "a server that ends by itself ends it with 1" 1 "$status"
check_has "its status is told" "the server ended with status 9" "$(cat "$scratch/out")"
check "the broker is stopped then" "kafka ended " "$(ended)"

summary
