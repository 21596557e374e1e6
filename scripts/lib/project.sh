# shellcheck shell=bash
# What every script of this folder needs. The script sets $root (the project) and sources this file.

tools=${MILLRACE_TOOLS:-$root/.tools}
# shellcheck disable=SC2034 # each script uses some of them
{
  dist=$root/dist/millrace
  kafka_dist=$root/dist/kafka
  torture_dist=$root/dist/torture
}

# shellcheck source=scripts/lib/find-java.sh
. "$root/scripts/lib/find-java.sh"
# shellcheck source=scripts/lib/fetch.sh
. "$root/scripts/lib/fetch.sh"
# shellcheck source=scripts/lib/jdk.sh
. "$root/scripts/lib/jdk.sh"
# shellcheck source=scripts/lib/maven.sh
. "$root/scripts/lib/maven.sh"

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

usage_error() {
  echo "${0##*/}: $*" >&2
  echo "usage: ${usage:-}" >&2
  exit 2
}

version_of_project() {
  sed -n 's|.*<version>\([^<]*\)</version>.*|\1|p' "$root/pom.xml" | head -n 1
}

# Whether nobody listens on the port.
is_free() { # PORT
  ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Whoever listened there would be taken for the server that is to be started.
require_free() { # PORT
  is_free "$1" || die "port $1 is in use by another process; choose another one"
}

# True when STAMP is missing or anything under the PATHs changed after it. Folders count, so a
# removed file is seen too.
newer_than() { # STAMP PATH...
  local stamp=$1
  shift
  [ ! -e "$stamp" ] || [ -n "$(find "$@" -newer "$stamp" -print 2>/dev/null | head -n 1)" ]
}

# Writes the jar names of a lib folder into its file "classpath", one a line. The order is fixed:
# the same jars always make the same class path, which a class-data archive depends on.
write_classpath() { # LIB
  (cd "$1" && for jar in *.jar; do printf '%s\n' "$jar"; done) | LC_ALL=C sort >"$1/classpath.new"
  mv "$1/classpath.new" "$1/classpath"
}

# Sets $classpath to the jars of a lib folder, in the order of its file "classpath".
read_classpath() { # LIB
  local jar
  classpath=
  while IFS= read -r jar; do
    classpath=${classpath:+$classpath:}$1/$jar
  done <"$1/classpath"
}
