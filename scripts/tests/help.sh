#!/usr/bin/env bash
# Every script explains itself at once: --help builds, fetches and writes nothing.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

# A copy without anything built, on a machine without Java.
copy="$scratch/a copy"
mkdir -p "$copy"
cp -R "$root/scripts" "$copy/scripts"
bare_path "$scratch/bin"
if command -v python3 >/dev/null 2>&1; then
  ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$scratch/bin/python3"
fi
files() { (cd "$copy" && find . | LC_ALL=C sort); }
before=$(files)

for script in "$copy"/scripts/*; do
  [ -f "$script" ] || continue
  name=scripts/${script##*/}
  case $name in
    scripts/millrace) continue ;; # hands all its arguments on
    scripts/make-sample) continue ;; # needs numpy to start
  esac
  if head -n 1 "$script" | grep -q python3 && [ ! -e "$scratch/bin/python3" ]; then
    echo "left out: $name (python3 is not here)"
    continue
  fi
  for flag in --help -h; do
    status=0
    out=$(cd "$scratch" && env -i "PATH=$scratch/bin" "HOME=$scratch" MILLRACE_NO_DOWNLOAD=1 \
      "MILLRACE_JVM_PARENT=$scratch/nowhere" "$script" "$flag" 2>&1) || status=$?
    check "$name $flag ends with 0" 0 "$status"
    check "$name $flag tells how it is called" "usage: $name" "$(head -n 1 <<<"$out" | cut -d ' ' -f 1-2)"
  done
done
# Each target of the Makefile calls a script that is there, or a tool.
while IFS= read -r command; do
  case $command in
    scripts/*) check "make calls ${command%% *}, which is there" yes "$([ -x "$root/${command%% *}" ] && echo yes)" ;;
  esac
done < <(sed -n 's/^\t//p' "$root/Makefile")
check "make knows what people try first" "bench build clean deb image release run test" \
  "$(sed -n 's/^\([a-z ]*\):.*/\1/p' "$root/Makefile" | tr ' ' '\n' | LC_ALL=C sort | paste -s -d ' ' -)"
check "nothing was built, fetched or written" "$before" "$(files)"

summary
