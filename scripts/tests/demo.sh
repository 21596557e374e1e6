#!/usr/bin/env bash
# The demo with the real broker and server; and that it fails, and stops what it started, when an answer
# is another one than it should be.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

if [ ! -x "$root/dist/millrace/bin/millrace" ] || [ ! -d "$root/dist/kafka/lib" ] || ! command -v curl >/dev/null 2>&1; then
  echo "left out: the demo (dist/millrace, dist/kafka or curl is not here)"
  summary
  exit
fi
# What was packed is used as it is.
project="$scratch/a project"
mkdir -p "$project/scripts"
cp -R "$root/scripts/lib" "$root/scripts/demo" "$project/scripts/"
ln -s "$root/dist" "$project/dist"
printf '#!/bin/sh\n' >"$project/scripts/build"
cat >"$project/scripts/kafka" <<SH
#!/usr/bin/env bash
[ "\$1" != --prepare ] || exit 0
[ -z "\${BROKER_FAILS:-}" ] || exit 1
echo \$\$ >"$scratch/broker"
exec "\$JAVA_HOME/bin/java" -Xmx256m -XX:TieredStopAtLevel=1 -cp "$root/dist/kafka/lib/*" \
  io.millrace.broker.KafkaBroker "\$@"
SH
chmod 755 "$project/scripts"/{build,kafka}
export TMPDIR=$scratch
run() { # sets status and out
  status=0
  out=$("$project/scripts/demo" 2>&1) || status=$?
}
left() { find "$scratch" -maxdepth 1 -name 'millrace demo*'; }
is_gone() { kill -0 "$(cat "$scratch/broker")" 2>/dev/null && echo no || echo yes; }

run
check "the demo is right by all three ways" 0 "$status"
for way in REST Kafka file; do
  check_has "points that came by $way are found" "$(printf '%-8s' "$way")nearest: 2 1 3; only animals: 3 4" "$out"
done
check "the broker is stopped" yes "$(is_gone)"
check "nothing is left" "" "$(left)"

sed -i.old 's/"id":4,"vector":\[0.0,0.9,0.1\]/"id":4,"vector":[0.1,0.9,0.0]/' "$project/scripts/demo"
run
check "another order is a failure" 1 "$status"
check_has "that is told" "REST, the nearest: expected 2 1 3, found 2 1 4" "$out"
check "the broker is stopped then, too" yes "$(is_gone)"
check "and nothing is left" "" "$(left)"

BROKER_FAILS=1 run
check "a broker that does not start ends it" 1 "$status"
check_has "with a sentence" "the broker did not start" "$out"
summary
