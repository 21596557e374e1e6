# shellcheck shell=sh
# Finds a Java that fits, without fetching anything. Sourced by the scripts and by the packaged
# launcher, hence plain sh.
#
#   find_java jdk|runtime [FOLDER...]
#       Looks at JAVA_HOME, java on PATH, /usr/lib/jvm/*, ~/.sdkman, macOS's java_home and the
#       folders given, in this order. Found: returns 0 with $java_home and $java_from (where it was).
#   java_fits HOME jdk|runtime
#       A Java fits with version >= 25 and the module jdk.incubator.vector; a jdk has javac as well.
#
# MILLRACE_JVM_PARENT and MILLRACE_JAVA_HOME_TOOL replace /usr/lib/jvm and /usr/libexec/java_home;
# the tests use them.

java_least=25

java_fits() {
  [ -n "$1" ] && [ -x "$1/bin/java" ] || return 1
  [ "$2" != jdk ] || [ -x "$1/bin/javac" ] || return 1
  # One call answers both questions: java.base@25.0.3 names the version.
  "$1/bin/java" --list-modules 2>/dev/null </dev/null | awk -F @ -v least="$java_least" '
    $1 == "java.base" { split($2, part, /[^0-9]/); recent = part[1] + 0 >= least }
    $1 == "jdk.incubator.vector" { vectors = 1 }
    END { exit !(recent && vectors) }'
}

# What java on PATH says of itself: true for links, version managers and macOS's stub alike.
java_home_on_path() {
  command -v java >/dev/null 2>&1 || return 0
  java -XshowSettings:properties -version 2>&1 </dev/null | sed -n 's/^ *java\.home = //p'
}

java_take() { # WHAT HOME FROM
  java_fits "$2" "$1" || return 1
  java_home=$2
  java_from=$3
}

find_java() {
  java_wanted=$1
  shift
  java_home=
  # shellcheck disable=SC2034 # for whoever sources this file
  java_from=
  java_take "$java_wanted" "${JAVA_HOME:-}" JAVA_HOME && return 0
  java_take "$java_wanted" "$(java_home_on_path)" PATH && return 0
  for java_candidate in "${MILLRACE_JVM_PARENT:-/usr/lib/jvm}"/*; do
    java_take "$java_wanted" "$java_candidate" "${java_candidate%/*}" && return 0
  done
  for java_candidate in "${HOME:-}"/.sdkman/candidates/java/*; do
    java_take "$java_wanted" "$java_candidate" sdkman && return 0
  done
  java_tool=${MILLRACE_JAVA_HOME_TOOL:-/usr/libexec/java_home}
  if [ -x "$java_tool" ]; then
    java_take "$java_wanted" "$("$java_tool" -v "$java_least" 2>/dev/null)" java_home && return 0
  fi
  for java_candidate in "$@"; do
    java_take "$java_wanted" "$java_candidate" "$java_candidate" && return 0
    java_take "$java_wanted" "$java_candidate/Contents/Home" "$java_candidate" && return 0
  done
  return 1
}
