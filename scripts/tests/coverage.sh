#!/usr/bin/env bash
# scripts/lib/coverage.awk adds up what JaCoCo writes, and holds the gate.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

work=$scratch
head=GROUP,PACKAGE,CLASS,INSTRUCTION_MISSED,INSTRUCTION_COVERED,BRANCH_MISSED,BRANCH_COVERED,LINE_MISSED,LINE_COVERED,COMPLEXITY_MISSED,COMPLEXITY_COVERED,METHOD_MISSED,METHOD_COVERED
mkdir -p "$work/core/target" "$work/api/target"
{
  echo "$head"
  echo core,a.log,Log,1,1,1,9,10,90,0,0,0,0
  echo core,a.log,Log.Part,1,1,1,9,0,0,0,0,0,0
} >"$work/core/target/jacoco.csv"
{
  echo "$head"
  echo api,a.json,Reader,1,1,5,5,90,10,0,0,0,0
} >"$work/api/target/jacoco.csv"

report() { # PACKAGES
  awk -v packages="$1" -v least=90 -f "$root/scripts/lib/coverage.awk" \
    "$work/core/target/jacoco.csv" "$work/api/target/jacoco.csv"
}
words() { tr -s ' ' <<<"$1"; }

status=0
out=$(report a.log) || status=$?
out=$(words "$out")
check "a gate that is reached ends with 0" 0 "$status"
check "a module has its lines and branches" 1 \
  "$(grep -c '^core 90.0 % of 100 lines 90.0 % of 20 branches$' <<<"$out")"
check "the other one too" 1 "$(grep -c '^api 10.0 % of 100 lines 50.0 % of 10 branches$' <<<"$out")"
check "all of them" 1 "$(grep -c '^in all 50.0 % of 200 lines 76.7 % of 30 branches$' <<<"$out")"
check "the gate names what it found" 1 \
  "$(grep -c '^gate: a.log 90.0 % of 20 branches, least 90 %: good$' <<<"$out")"

status=0
out=$(report "a.log a.json") || status=$?
check "a package below the gate ends with 1" 1 "$status"
check "and is named" 1 "$(grep -c '^gate: a.json 50.0 % of 10 branches, least 90 %: BELOW$' <<<"$out")"

status=0
out=$(report a.lgo) || status=$?
check "a package that is not there ends with 1" 1 "$status"

summary
