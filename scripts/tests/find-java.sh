#!/usr/bin/env bash
# Which Java is taken, and in which order they are looked at.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

bare_path "$scratch/tools"

# Runs find_java with an environment of its own: an empty machine, and what ENV adds.
found() { # WHAT FOLDER [ENV...]
  env -i "PATH=$scratch/tools" "HOME=$scratch/home" "MILLRACE_JVM_PARENT=$scratch/jvm" \
    "MILLRACE_JAVA_HOME_TOOL=$scratch/java_home" "${@:3}" \
    sh -c '. "$1"; if find_java "$2" "$3"; then echo "$java_home"; else echo none; fi' \
    sh "$root/scripts/lib/find-java.sh" "$1" "$2"
}

own=$scratch/own
check "an empty machine has none" none "$(found jdk "$own")"

fake_jdk "$own" 25.0.3
check "the project's own folder is looked at" "$own" "$(found jdk "$own")"
mkdir -p "$scratch/bundle/Contents"
fake_jdk "$scratch/bundle/Contents/Home" 25
check "the layout of a macOS archive is understood" \
  "$scratch/bundle/Contents/Home" "$(found jdk "$scratch/bundle")"

fake_jdk "$scratch/mac" 25.0.1
printf '#!/bin/sh\n[ "$*" = "-v 25" ] && echo "%s"\n' "$scratch/mac" >"$scratch/java_home"
chmod 755 "$scratch/java_home"
check "macOS's java_home comes before the own folder" "$scratch/mac" "$(found jdk "$own")"

fake_jdk "$scratch/home/.sdkman/candidates/java/25.0.2-tem" 25.0.2
check "sdkman comes before java_home" \
  "$scratch/home/.sdkman/candidates/java/25.0.2-tem" "$(found jdk "$own")"

fake_jdk "$scratch/jvm/a-17" 17.0.15
fake_jdk "$scratch/jvm/b-25-jre" 25.0.1 no-javac
fake_jdk "$scratch/jvm/c-25" 25.0.1
check "the system's folder comes before sdkman" "$scratch/jvm/c-25" "$(found jdk "$own")"
check "a run time needs no javac" "$scratch/jvm/b-25-jre" "$(found runtime "$own")"

fake_jdk "$scratch/path" 26-ea
mkdir "$scratch/links"
ln -s "$scratch/path/bin/java" "$scratch/links/java"
check "java on PATH comes before the system's folder, by its true home" \
  "$scratch/path" "$(found jdk "$own" "PATH=$scratch/links:$scratch/tools")"

fake_jdk "$scratch/env" 25
check "JAVA_HOME comes first" \
  "$scratch/env" "$(found jdk "$own" "PATH=$scratch/links:$scratch/tools" "JAVA_HOME=$scratch/env")"

# What does not fit is passed over, wherever it was found.
fake_jdk "$scratch/old" 17.0.15
fake_jdk "$scratch/nine" 9.0.4
fake_jdk "$scratch/jre" 25.0.3 no-javac
fake_jdk "$scratch/slim" 25.0.3 no-vector
for unfit in old nine jre slim absent; do
  check "JAVA_HOME=$unfit is passed over" \
    "$scratch/jvm/c-25" "$(found jdk "$own" "JAVA_HOME=$scratch/$unfit")"
done
check "a run time without jdk.incubator.vector is passed over" \
  "$scratch/jvm/b-25-jre" "$(found runtime "$own" "JAVA_HOME=$scratch/slim")"
fake_jdk "$scratch/late" 100.1
check "versions are compared as numbers" "$scratch/late" "$(found jdk "$own" "JAVA_HOME=$scratch/late")"

summary
