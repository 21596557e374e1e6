#!/usr/bin/env bash
# An alias moves to a collection that was built from the same topic, under writes and reads, with a
# real broker and server; and does not move while the two differ.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

status=0
out=$("$root/scripts/blue-green" --alias a 2>&1) || status=$?
check "what is missing is wrong usage" 2 "$status"
check_has "and named" "--collection is missing" "$out"
status=0
out=$("$root/scripts/blue-green" --alias 'a"b' --collection g --create "$root/README.md" --source s \
  --config "$root/README.md" 2>&1) || status=$?
check "a name that would break out of JSON is refused" 2 "$status"

packed=${MILLRACE_DIST:-$root/dist/millrace}
if [ ! -x "$packed/bin/millrace" ] || [ ! -d "$root/dist/kafka/lib" ]; then
  echo "left out: there is no dist/millrace or dist/kafka; scripts/build and scripts/kafka --prepare make them"
  summary
  exit
fi
# shellcheck source=scripts/lib/find-java.sh
. "$root/scripts/lib/find-java.sh"
find_java jdk "${MILLRACE_TOOLS:-$root/.tools}/jdk" || { echo "this test needs a JDK" && exit 1; }
topic() { # VERB [ARG...]
  local verb=$1
  shift
  "$java_home/bin/java" -cp "$root/dist/kafka/lib/*" "$root/scripts/tests/Topic.java" "$verb" "$broker" orders "$@" 2>/dev/null
}

"$root/scripts/kafka" --port 0 --data "$scratch/kafka" --topic orders:2 >"$scratch/kafka.out" 2>&1 &
children+=("$!")
broker=$(wait_for_line '^ready ' "$scratch/kafka.out" | sed 's/^ready //')

source_of() { # COLLECTION
  printf '{"type":"kafka","bootstrap":"%s","topics":["orders"],"bindings":[{"topics":["orders"],"collection":"%s"}]}' \
    "$broker" "$1"
}
cat >"$scratch/c.yaml" <<YAML
service: { http_port: 0, api_key: sesame }
storage: { storage_path: "$scratch/data", refresh_interval_ms: 100 }
sources:
  orders: { type: kafka, bootstrap: "$broker", topics: [orders], bindings: [ { topics: [orders], collection: blue } ] }
YAML
"$packed/bin/millrace" serve --config "$scratch/c.yaml" >"$scratch/server.out" 2>&1 &
children+=("$!")
url=$(wait_for_line 'Ready shape=' "$scratch/server.out" | sed 's/.*rest=\([^ ]*\).*/\1/')
printf sesame >"$scratch/key"
ask() { # METHOD PATH [BODY]
  curl -sS -X "$1" -H 'api-key: sesame' -H 'Content-Type: application/json' "$url$2" ${3+-d "$3"}
}
size2='{"vectors":{"size":2,"distance":"Dot"}}'
ask PUT /collections/blue "$size2" >/dev/null
ask POST /collections/aliases '{"actions":[{"create_alias":{"alias_name":"shown","collection_name":"blue"}}]}' >/dev/null
check "records are sent" "sent 500" "$(topic points 0 500)"

# Asks through the alias without a pause: each answer has a hit.
(
  trap 'exit 0' TERM
  while :; do
    ask POST /collections/shown/points/query '{"query":[1,1],"limit":1}' | grep -c '"score"' || true
  done
) >"$scratch/reads" 2>/dev/null &
reader=$!
children+=("$reader")

echo '{"vectors":{"size":2,"distance":"Dot"},"hnsw_config":{"m":32}}' >"$scratch/create.json"
source_of green >"$scratch/source.json"
move=("$root/scripts/blue-green" --url "$url" --api-key-file "$scratch/key" --alias shown --collection green
  --create "$scratch/create.json" --source orders-green --config "$scratch/source.json")

# A point that only blue has: they differ until it is gone.
ask PUT '/collections/blue/points?wait=true' '{"points":[{"id":9999,"vector":[1,1]}]}' >/dev/null
status=0
out=$("${move[@]}" --patience 15 2>&1) || status=$?
check "collections that differ end with 1" 1 "$status"
check_has "with the difference" "500 of 501 points" "$out"
check_has "and the alias stays" "the alias was not moved" "$out"
check_has "where it was" '"collection_name":"blue"' "$(ask GET /aliases)"

ask POST '/collections/blue/points/delete?wait=true' '{"points":[9999]}' >/dev/null
check "more records come meanwhile" "sent 300" "$(topic points 500 800)"
status=0
out=$("${move[@]}" --patience 300 2>&1) || status=$?
check "it ends with 0" 0 "$status"
[ "$status" = 0 ] || printf '%s\n' "$out"
check_has "it went on where it was" "source     orders-green is there, goes on" "$out"
check_has "the alias moved" "moved      shown stands for green" "$out"
check_has "green has what came later" '"count":800' "$(ask POST /collections/shown/points/count '{"exact":true}')"

back=$(sed -n "s/^way back .* -d '\(.*\)'$/\1/p" <<<"$out")
ask POST /collections/aliases "$back" >/dev/null
check_has "the way back works" '"collection_name":"blue"' "$(ask GET /aliases)"

kill "$reader" 2>/dev/null || true
wait "$reader" 2>/dev/null || true
check "reads went on all the time" yes "$([ "$(wc -l <"$scratch/reads")" -ge 5 ] && echo yes)"
# The first asks may come before the first record is searchable.
check "and none after the first hit was without one" 0 "$(sed '/^1$/,$!d' "$scratch/reads" | grep -cv '^1$' || true)"
summary
