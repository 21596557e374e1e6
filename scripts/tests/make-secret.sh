#!/usr/bin/env bash
# Keys for a cluster are long, new each time, and never put in the place of others unasked.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

make=$root/scripts/make-secret
values() { sed -n 's/^  \(read-only-\)\{0,1\}api-key: "\([0-9a-f]*\)"$/\2/p'; } # MANIFEST by stdin
"$make" >"$scratch/one"
"$make" --namespace search --name other >"$scratch/two"
check "two keys of 48 digits" "48 48 " "$(values <"$scratch/one" | awk '{ printf "%d ", length }')"
check "no two are the same" 4 "$(cat "$scratch/one" "$scratch/two" | values | sort -u | wc -l | tr -d ' ')"
check_has "the secret has the name that the manifests read" "name: $(sed -n \
  's/.*secretKeyRef: { name: \([a-z-]*\), key: api-key.*/\1/p' "$root/k8s/base/statefulset.yaml")" "$(cat "$scratch/one")"
check "both keys are those that the manifests read" "api-key read-only-api-key" "$(sed -n \
  's/.*secretKeyRef: { name: [a-z-]*, key: \([a-z-]*\),.*/\1/p' "$root/k8s/base/statefulset.yaml" | paste -s -d ' ' -)"
check "a namespace is written" "  name: other,  namespace: search,type: Opaque" \
  "$(sed -n '4,6p' "$scratch/two" | paste -s -d , -)"
check "and none without being asked" "  name: millrace-keys,type: Opaque" "$(sed -n '4,5p' "$scratch/one" | paste -s -d , -)"
PATH=${MILLRACE_TOOLS:-$root/.tools}/validators/bin:$PATH
if command -v kubernetes-validate >/dev/null 2>&1; then
  status=0
  kubernetes-validate --strict --quiet "$scratch/one" "$scratch/two" >"$scratch/said" 2>&1 || status=$?
  check "they fit the schema" "0 " "$status $([ $status -eq 0 ] || cat "$scratch/said")"
else
  echo "left out: the schema of a secret (kubernetes-validate is not here)"
fi

"$make" --to "$scratch/file"
check "a file is for its owner only" "$scratch/file" "$(find "$scratch/file" -perm 600)"
before=$(cat "$scratch/file")
status=0
out=$("$make" --to "$scratch/file" 2>&1) || status=$?
check "a file that is there is refused" "1 make-secret: $scratch/file is there already or cannot be written" "$status $out"
check "and kept" "$before" "$(cat "$scratch/file")"

# A kubectl that writes down what it gets.
mkdir "$scratch/bin"
cat >"$scratch/bin/kubectl" <<'SH'
#!/bin/sh
echo "$*" >>"$RECORD"
case "$*" in
  *" get "*) [ -z "${FOUND:-}" ] || echo "secret/$FOUND" ;;
  *) cat >"$RECORD.given" && echo "secret done" ;;
esac
SH
chmod 755 "$scratch/bin/kubectl"
export RECORD=$scratch/record
apply() { # ARG...; sets status and out
  status=0
  rm -f "$RECORD" "$RECORD.given"
  out=$(PATH=$scratch/bin:$PATH "$make" --apply --context there --namespace search "$@" 2>&1) || status=$?
}
apply
check "the cluster gets it" "0 secret done" "$status $out"
check "by standard input" "--context there --namespace search create -f -" "$(tail -n 1 "$RECORD")"
check "with both keys" "48 48 " "$(values <"$RECORD.given" | awk '{ printf "%d ", length }')"
FOUND=millrace-keys apply
check "keys that are there are not replaced unasked" \
  "1 make-secret: secret/millrace-keys is there already; --replace makes new keys" "$status $out"
check "the cluster got nothing" no "$([ -e "$RECORD.given" ] && echo yes || echo no)"
FOUND=millrace-keys apply --replace
check "asked, they are" "0 --context there --namespace search replace -f -" "$status $(tail -n 1 "$RECORD")"

status=0
"$make" --to x --apply >/dev/null 2>&1 || status=$?
check "two places are wrong usage" 2 "$status"
status=0
"$make" --name 'a"b' >/dev/null 2>&1 || status=$?
check "a name that is none is wrong usage" 2 "$status"
summary
