# shellcheck shell=bash
# require_maven: sets $mvn to a Maven >= 3.9.6. Needs JAVA_HOME from require_jdk.
#
# Order: mvn on PATH, one fetched before; an older mvn fetches a newer one the way it fetches any
# artifact, so that its mirrors and proxies hold; else the wrapper, which needs curl or wget.

maven_least=3.9.6

maven_version() { # COMMAND
  "$1" -B --version 2>/dev/null | sed -n 's/^.*Apache Maven \([0-9][0-9.]*\).*$/\1/p' | head -n 1
}

at_least() { # VERSION LEAST
  awk -v have="$1" -v least="$2" 'BEGIN {
    split(have, h, "."); split(least, l, ".")
    for (i = 1; i <= 3; i++) if (h[i] + 0 != l[i] + 0) exit !(h[i] + 0 > l[i] + 0)
    exit 0
  }'
}

require_maven() {
  local version
  if [ -x "$tools/maven/bin/mvn" ]; then
    mvn=$tools/maven/bin/mvn
    return
  fi
  if command -v mvn >/dev/null 2>&1; then
    mvn=$(command -v mvn)
    version=$(maven_version "$mvn")
    if at_least "${version:-0}" "$maven_least"; then
      return
    fi
    echo "$mvn is ${version:-of an unknown version}, $maven_least is the least: fetching a newer one into $tools/maven." >&2
    if fetch_maven "$mvn"; then
      mvn=$tools/maven/bin/mvn
      return
    fi
    echo "That failed; the wrapper tries." >&2
  fi
  mvn=$root/mvnw
}

fetch_maven() { # OLD_MVN
  local version work
  # The one place that names the version is the wrapper's own file.
  version=$(sed -n 's|^distributionUrl=.*/apache-maven-\([0-9.]*\)-bin.*|\1|p' "$root/.mvn/wrapper/maven-wrapper.properties")
  mkdir -p "$tools"
  work=$(mktemp -d "$tools/maven-fetch.XXXXXX")
  if (cd "$work" && "$1" -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    "-Dartifact=org.apache.maven:apache-maven:$version:tar.gz:bin" "-DoutputDirectory=$work") >&2 &&
    tar -xzf "$work/apache-maven-$version-bin.tar.gz" -C "$work"; then
    rm -rf "$tools/maven"
    mv "$work/apache-maven-$version" "$tools/maven"
    rm -rf "$work"
    return 0
  fi
  rm -rf "$work"
  return 1
}
