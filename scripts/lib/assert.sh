# shellcheck shell=bash
# Assertions for scripts/tests/*.sh. A test script sources this file, calls `check` for each rule it
# proves and ends with `summary`, whose last line is "N passed, N failed" and whose status says the same.

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
passed=0
failed=0
# A blank in the name: every script must work from such a path.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/millrace test.XXXXXX")
scratch=$(CDPATH='' cd -- "$scratch" && pwd -P)
children=()

cleanup() {
  local child
  for child in ${children[@]+"${children[@]}"}; do
    kill "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  done
  rm -rf "$scratch"
}
trap cleanup EXIT

check() { # SENTENCE EXPECTED FOUND
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED %s\n  expected: %s\n  found:    %s\n' "$1" "$2" "$3"
  fi
}

check_has() { # SENTENCE PART TEXT
  case $3 in
    *"$2"*) passed=$((passed + 1)) ;;
    *)
      failed=$((failed + 1))
      printf 'FAILED %s\n  expected to contain: %s\n  found: %s\n' "$1" "$2" "$3"
      ;;
  esac
}

summary() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# Waits until FILE has a line with TEXT, for at most 60 s; prints that line.
wait_for_line() { # TEXT FILE
  local tries=0
  until grep -m 1 -- "$1" "$2" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || return 1
    sleep 0.1
  done
}

# A folder that looks like a Java home. Its java answers the two questions that are asked of a Java;
# anything else it prints, one argument a line, after its process id.
fake_jdk() { # HOME VERSION [no-javac] [no-vector]
  local home=$1 version=$2 options=" ${*:3} "
  mkdir -p "$home/bin"
  {
    echo '#!/bin/sh'
    echo 'case "$*" in'
    echo "  --list-modules) echo java.base@$version"
    case $options in *' no-vector '*) ;; *) echo "    echo jdk.incubator.vector@$version" ;; esac
    echo '    ;;'
    echo "  *-version*) echo '    java.home = $home' >&2 ;;"
    printf '%s\n' '  *) echo "pid $$"; for arg in "$@"; do printf "%s\n" "$arg"; done; exit "${FAKE_STATUS:-0}" ;;'
    echo 'esac'
  } >"$home/bin/java"
  chmod 755 "$home/bin/java"
  case $options in *' no-javac '*) ;; *) cp "$home/bin/java" "$home/bin/javac" ;; esac
}

# A folder for PATH with the everyday tools and no Java or Maven in it.
bare_path() { # FOLDER
  local tool
  mkdir -p "$1"
  for tool in awk basename bash cat chmod cp cut date dirname env find grep gzip head ls mkdir mktemp mv \
    readlink rm sed sh sha256sum shasum sleep sort tail tar touch tr uname wc curl wget; do
    if command -v "$tool" >/dev/null 2>&1; then
      ln -sf "$(command -v "$tool")" "$1/$tool"
    fi
  done
}
