#!/usr/bin/env bash
# A machine without a JDK: the archive is fetched from a local file server that stands in for the
# vendor, its checksum is compared, and nothing is fetched when that was forbidden.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"
# shellcheck source=scripts/lib/find-java.sh
. "$root/scripts/lib/find-java.sh"
# shellcheck source=scripts/lib/fetch.sh
. "$root/scripts/lib/fetch.sh"
find_java jdk "${MILLRACE_TOOLS:-$root/.tools}/jdk" || { echo "this test needs a JDK for its file server" && exit 1; }

# What the server offers: an archive with one folder in it, as the vendor's, and its description.
site=$scratch/site
about=$site/v3/assets/latest/25/hotspot
mkdir -p "$(dirname "$about")" "$site/files"
fake_jdk "$scratch/jdk-25.0.3+9" 25.0.3
tar -czf "$site/files/jdk.tar.gz" -C "$scratch" "jdk-25.0.3+9"
right=$(sha256_of "$site/files/jdk.tar.gz")
mkdir -p "$scratch/mac/jdk-25.jdk/Contents"
fake_jdk "$scratch/mac/jdk-25.jdk/Contents/Home" 25.0.3
tar -czf "$site/files/mac.tar.gz" -C "$scratch/mac" "jdk-25.jdk"
fake_jdk "$scratch/jre/jdk-25-jre" 25.0.3 no-javac
tar -czf "$site/files/jre.tar.gz" -C "$scratch/jre" "jdk-25-jre"

"$java_home/bin/jwebserver" -b 127.0.0.1 -p 0 -d "$site" -o info >"$scratch/server.log" 2>&1 &
children+=($!)
base=$(wait_for_line '^URL ' "$scratch/server.log" | sed 's/^URL //; s/\/*$//')

offer() { # LINK CHECKSUM; the vendor's layout: the installer's fields come first and are not ours
  cat >"$about" <<JSON
[
  {
    "binary": {
      "architecture": "x64",
      "installer": { "checksum": "$(printf '0%.0s' {1..64})", "link": "$base/files/installer.msi" },
      "package": {
        "checksum": "$2",
        "checksum_link": "$base/files/jdk.tar.gz.sha256.txt",
        "link": "$1",
        "name": "OpenJDK25U-jdk_x64_linux_hotspot_25.0.3_9.tar.gz"
      }
    },
    "version": { "major": 25 }
  }
]
JSON
}

# A copy of the project's scripts on a machine that has neither Java nor Maven. The mvn it ends with
# says which JDK it was started with.
project="$scratch/some project"
mkdir -p "$project"
cp -R "$root/scripts" "$root/.mvn" "$root/pom.xml" "$root/LICENSE" "$project/"
bare_path "$scratch/bin"
mkdir "$scratch/mvn"
printf '#!/bin/sh\ncase "$*" in *--version*) echo "Apache Maven 3.9.16 (x)";; *) echo "built by $JAVA_HOME"; exit 7;; esac\n' >"$scratch/mvn/mvn"
chmod 755 "$scratch/mvn/mvn"
build() { # [ENV...] [-- ARG...]; prints all output, then the status
  local vars=() status=0
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    vars+=("$1")
    shift
  done
  [ $# -eq 0 ] || shift
  env -i "PATH=$scratch/mvn:$scratch/bin" "HOME=$scratch/home" "TMPDIR=$scratch" \
    "MILLRACE_JVM_PARENT=$scratch/nowhere" "MILLRACE_JAVA_HOME_TOOL=$scratch/nowhere" \
    "MILLRACE_JDK_BASE=$base" ${vars[@]+"${vars[@]}"} \
    bash "$project/scripts/build" "$@" 2>&1 || status=$?
  echo "status $status"
}
left() { (cd "$project" && if [ -d .tools ]; then find .tools -mindepth 1 -maxdepth 1; fi); }
requests() { grep -c '"GET ' "$scratch/server.log" || true; }

offer "$base/files/jdk.tar.gz" "$right"
out=$(build -- --no-download)
check_has "--no-download names what is missing" "No JDK >= 25" "$out"
check_has "--no-download prints the first command" "curl -fLo jdk.tar.gz '$base/v3/binary/latest/25/ga/" "$out"
check_has "--no-download prints the second command" "tar -xzf jdk.tar.gz -C '$project/.tools/jdk'" "$out"
check_has "--no-download ends with 1" "status 1" "$out"
check "--no-download fetches nothing" 0 "$(requests)"
out=$(build MILLRACE_NO_DOWNLOAD=1)
check_has "the environment can forbid it too" "status 1" "$out"
check "and then nothing is fetched" 0 "$(requests)"

offer "$base/files/jdk.tar.gz" "${right%?}x"
out=$(build)
check_has "a wrong checksum is named" "does not match its checksum" "$out"
check_has "a wrong checksum prints the commands" "curl -fLo jdk.tar.gz" "$out"
check_has "a wrong checksum ends with 1" "status 1" "$out"
check "a wrong checksum leaves nothing behind" "" "$(left)"

offer "$base/files/absent.tar.gz" "$right"
out=$(build)
check_has "an archive that is not there ends with 1" "status 1" "$out"
check "and leaves nothing behind" "" "$(left)"

echo '[]' >"$about"
out=$(build)
check_has "a vendor without an archive is named" "did not name an archive" "$out"
check_has "and ends with 1" "status 1" "$out"

offer "$base/files/jre.tar.gz" "$(sha256_of "$site/files/jre.tar.gz")"
out=$(build)
check_has "an archive without javac is refused" "holds no bin/javac" "$out"
check "and leaves nothing behind" "" "$(left)"

out=$(build "MILLRACE_JDK_BASE=http://127.0.0.1:1")
check_has "a vendor that cannot be reached ends with 1" "status 1" "$out"
check_has "and prints the commands" "tar -xzf jdk.tar.gz" "$out"

offer "/files/jdk.tar.gz" "$right"
out=$(build)
check_has "it is said before it is done" "Fetching Temurin 25 for " "$out"
check_has "the checksum is shown" "Checked: SHA-256 $right" "$out"
check_has "the build runs with the fetched JDK" "built by $project/.tools/jdk" "$out"
check_has "the status of Maven is the status of the build" "status 7" "$out"
check "only the JDK is left" ".tools/jdk" "$(left)"
before=$(requests)
out=$(build)
check_has "the second time it is there" "built by $project/.tools/jdk" "$out"
check "and nothing is fetched" "$before" "$(requests)"

rm -rf "$project/.tools"
offer "$base/files/mac.tar.gz" "$(sha256_of "$site/files/mac.tar.gz")"
out=$(build)
check_has "a macOS archive works" "built by $project/.tools/jdk/Contents/Home" "$out"

summary
