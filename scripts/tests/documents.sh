#!/usr/bin/env bash
# README, quick start and continuity do what they say: their sh blocks run in order against a fresh server. Links of
# all pages lead somewhere; that commands, flags and keys exist which they name is seen by PagesTest.
# A block after <!-- not run: REASON --> is left out.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

# Links and anchors of every page.
pages=("$root/README.md" "$root/CONTRIBUTING.md")
while IFS= read -r page; do pages+=("$page"); done < <(find "$root/docs" -name '*.md' | LC_ALL=C sort)
anchors() { # PAGE
  sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed -e 's/[^a-z0-9 _-]//g' -e 's/ /-/g'
}
dead=
for page in "${pages[@]}"; do
  while IFS= read -r link; do
    case $link in http:* | https:* | mailto:*) continue ;; esac
    file=${link%%#*}
    anchor=
    case $link in *'#'*) anchor=${link#*#} ;; esac
    target=$page
    [ -z "$file" ] || target=$(dirname -- "$page")/$file
    if [ ! -e "$target" ]; then
      dead="$dead ${page#"$root"/}:$link"
    elif [ -n "$anchor" ] && ! anchors "$target" | grep -qx -- "$anchor"; then
      dead="$dead ${page#"$root"/}:$link"
    fi
  done < <(grep -o '](\([^) ]*\))' "$page" | sed 's/^](//; s/)$//' || true)
  check "${page#"$root"/} has whole blocks" 0 "$(($(grep -c '^```' "$page" || true) % 2))"
done
check "no link leads nowhere" "" "$dead"
check_has "page one says that nothing phones home" "telemetry" "$(cat "$root/README.md")"

if command -v python3 >/dev/null 2>&1; then
  status=0
  out=$("$root/scripts/site" "$scratch/site" 2>&1) || status=$?
  check "the site is made" "0 " "$status $([ $status -eq 0 ] || printf '%s' "$out")"
  check_has "with the quick start" "<h1 id=\"quick-start\">" "$(cat "$scratch/site/docs/quickstart.html")"
  listed=$(sed -n 's/^- \[[^]]*\](\([^)]*\)): ..*[^ ]$/\1/p' "$scratch/site/llms.txt" | LC_ALL=C sort)
  check "llms.txt lists every page with a sentence" \
    "$(cd "$root" && { ls README.md CHANGELOG.md CONTRIBUTING.md samples/README.md && find docs -name '*.md'; } | LC_ALL=C sort)" "$listed"
  check "and each of them lies beside it" "" "$(cd "$scratch/site" && for page in $listed; do [ -s "$page" ] || echo "$page"; done)"
  check_has "a page's own summary goes before its first sentence" "/kubernetes.md): The manifests, overlays" "$(cat "$scratch/site/llms.txt")"
  check_has "links in a sentence are words there" "are in performance and, by size, in measured sizes" "$(cat "$scratch/site/llms.txt")"
  mkdir -p "$scratch/silent/docs" "$scratch/silent/scripts"
  cp "$root/scripts/site" "$scratch/silent/scripts/"
  printf '# Millrace\n\nSays it.\n' >"$scratch/silent/README.md"
  printf '# Silent\n\n| a |\n|---|\n' >"$scratch/silent/docs/silent.md"
  mkdir "$scratch/silent/config" && touch "$scratch/silent/config/millrace.yaml" "$scratch/silent/LICENSE"
  status=0
  out=$("$scratch/silent/scripts/site" "$scratch/silent/site" 2>&1) || status=$?
  check "a page that says nowhere what it is about is named" "1 pages that say nowhere what they are about:   docs/silent.md" \
    "$status $(printf '%s' "$out" | tr '\n' ' ')"
else
  echo "left out: the site (python3 is not here)"
fi

packed=$root/dist/millrace
if [ ! -x "$packed/bin/millrace" ] || ! command -v curl >/dev/null 2>&1; then
  echo "left out: the blocks (dist/millrace or curl is not here)"
  summary
  exit
fi
# shellcheck source=scripts/lib/find-java.sh
. "$root/scripts/lib/find-java.sh"
find_java runtime "$root/.tools/jdk" && export JAVA_HOME=$java_home

# The sh blocks of a page, each in a file.
blocks() { # PAGE FOLDER
  mkdir -p "$2"
  awk -v folder="$2" '
    /^<!-- not run:/ { skip = 1 }
    /^```/ && inside { inside = 0; skip = 0; next }
    /^```sh/ { inside = 1; if (!skip) { n++; file = sprintf("%s/%02d.sh", folder, n) }; next }
    /^```/ { inside = 1; skip = 1; next }
    inside && !skip { print > file }' "$1"
}
port=$((20000 + $$ % 12000))
"$packed/bin/millrace" serve -d "$scratch/data" -p "$port" >"$scratch/log" 2>&1 &
children+=("$!")
wait_for_line 'Ready shape=' "$scratch/log" >/dev/null

mkdir "$scratch/place" "$scratch/place/scripts"
cat >"$scratch/place/scripts/millrace" <<SH
#!/bin/sh
case \$1 in serve | health | doctor) exec "$packed/bin/millrace" "\$@" ;; esac
case "\$1 \${2:-}" in "backup list" | "backup verify") exec "$packed/bin/millrace" "\$@" ;; esac
exec "$packed/bin/millrace" "\$@" --url http://127.0.0.1:$port
SH
chmod 755 "$scratch/place/scripts/millrace"
mkdir "$scratch/bin"
ln -s "$scratch/place/scripts/millrace" "$scratch/bin/millrace"
ran=0
for page in README.md docs/quickstart.md docs/configuration.md docs/operations/continuity.md; do
  blocks "$root/$page" "$scratch/blocks/$page"
  for block in "$scratch/blocks/$page"/*.sh; do
    [ -e "$block" ] || continue
    sed -i.bak -e "s/localhost:6333/127.0.0.1:$port/g" -e 's/curl -X/curl -fsS -X/' "$block"
    status=0
    out=$(cd "$scratch/place" && PATH=$scratch/bin:$PATH bash -euo pipefail "$block" 2>&1) || status=$?
    check "$page, block ${block##*/} runs" "0 " "$status $([ $status -eq 0 ] || printf '%s' "$out")"
    ran=$((ran + 1))
    case $page:${block##*/} in
      docs/quickstart.md:01.sh)
        check "pear, apple and cat are found, in this order" "2 1 3 " \
          "$(tail -n 1 <<<"$out" | grep -o '"id":[0-9]*' | cut -d : -f 2 | tr '\n' ' ')"
        ;;
      docs/quickstart.md:02.sh)
        check "only animals are found" "3 4 " "$(grep -o '"id":[0-9]*' <<<"$out" | cut -d : -f 2 | tr '\n' ' ')"
        ;;
      docs/quickstart.md:03.sh) check_has "the command line finds the same" "5" "$out" ;;
      docs/operations/continuity.md:01.sh) check_has "the backup holds the collection" fruit "$out" ;;
      docs/operations/continuity.md:0[23].sh) check_has "what is restored has every point" '"count" : 5' "$out" ;;
      docs/operations/continuity.md:04.sh)
        check_has "the alias leads to the old collection again" '"collection_name":"fruit"}' \
          "$(curl -fsS "127.0.0.1:$port/aliases")"
        ;;
      README.md:01.sh) check_has "the README finds its point" '"word":"apple"' "$(tr -d ' ' <<<"$out")" ;;
    esac
  done
done
check "there were blocks to run" yes "$([ "$ran" -ge 5 ] && echo yes)"

summary
