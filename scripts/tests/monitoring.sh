#!/usr/bin/env bash
# The copies of the rules name their runbooks as files, or as links to where somebody publishes them.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

links() { # FILE: how many, and where to without the section
  sed -n 's/.*runbook_url: \(.*\)#[a-z]*$/\1/p' "$1" | sort | uniq -c | awk '{ print $1, $2 }'
}
alerts=$(grep -c -- '- alert: ' "$root/monitoring/alerts.yml")

"$root/scripts/monitoring" --to "$scratch/plain"
check "the rules are copied as they are" "" "$(diff "$root/monitoring/alerts.yml" "$scratch/plain/alerts.yml")"
check "each names the file" "$alerts docs/operations/runbooks.md" "$(links "$scratch/plain/prometheusrule.yaml")"

url=https://docs.example.org/millrace/operations/runbooks.html
"$root/scripts/monitoring" --to "$scratch/linked" --runbooks "$url"
for file in alerts.yml prometheusrule.yaml; do
  check "each alert of $file links to the page" "$alerts $url" "$(links "$scratch/linked/$file")"
done
check "nothing else is changed" "" "$(
  diff <(grep -v runbook_url "$scratch/plain/prometheusrule.yaml") <(grep -v runbook_url "$scratch/linked/prometheusrule.yaml")
)"

for bad in runbooks.html 'https://a/b|c' 'https://a/b#c' 'ftp://a/b'; do
  status=0
  "$root/scripts/monitoring" --to "$scratch/bad" --runbooks "$bad" >/dev/null 2>&1 || status=$?
  check "$bad is refused" "2 no" "$status $([ -e "$scratch/bad" ] && echo written || echo no)"
done

summary
