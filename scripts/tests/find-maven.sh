#!/usr/bin/env bash
# Which Maven is taken: the machine's, one that an older Maven fetched, or the wrapper.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"
export tools="$scratch/unused"
# shellcheck source=scripts/lib/maven.sh
. "$root/scripts/lib/maven.sh"

order() { if at_least "$1" "$2"; then echo yes; else echo no; fi; }
check "3.9.6 is at least 3.9.6" yes "$(order 3.9.6 3.9.6)"
check "3.9.16 is at least 3.9.6" yes "$(order 3.9.16 3.9.6)"
check "4.0 is at least 3.9.6" yes "$(order 4.0 3.9.6)"
check "3.8.7 is less" no "$(order 3.8.7 3.9.6)"
check "3.10 is more than 3.9.6" yes "$(order 3.10 3.9.6)"
check "an unknown version is less" no "$(order 0 3.9.6)"

# A mvn of the given version; asked to copy an artifact, it makes an archive as Maven's own is.
fake_mvn() { # FOLDER VERSION [broken]
  mkdir -p "$1"
  cat >"$1/mvn" <<SH
#!/bin/sh
case "\$*" in
  *--version*) echo "Apache Maven $2 (abc)" ;;
  *dependency-plugin*:copy*)
    [ "${3:-}" != broken ] || exit 1
    for arg in "\$@"; do
      case \$arg in
        -DoutputDirectory=*) into=\${arg#*=} ;;
        -Dartifact=*) version=\${arg#*apache-maven:}; version=\${version%%:*} ;;
      esac
    done
    mkdir -p "\$into/apache-maven-\$version/bin"
    printf '#!/bin/sh\necho "Apache Maven %s"\n' "\$version" >"\$into/apache-maven-\$version/bin/mvn"
    chmod 755 "\$into/apache-maven-\$version/bin/mvn"
    tar -czf "\$into/apache-maven-\$version-bin.tar.gz" -C "\$into" "apache-maven-\$version"
    ;;
esac
SH
  chmod 755 "$1/mvn"
}

bare_path "$scratch/bin"
taken() { # TOOLS [PATH_FOLDER]
  env -i "PATH=${2:+$2:}$scratch/bin" bash -c \
    'set -euo pipefail; root=$1; tools=$2; . "$root/scripts/lib/maven.sh"; require_maven 2>/dev/null; echo "$mvn"' \
    bash "$root" "$1"
}

fake_mvn "$scratch/new" 3.9.9
fake_mvn "$scratch/old" 3.8.7
fake_mvn "$scratch/broken" 3.8.7 broken
check "without mvn the wrapper is taken" "$root/mvnw" "$(taken "$scratch/t1")"
check "a new mvn is taken" "$scratch/new/mvn" "$(taken "$scratch/t1" "$scratch/new")"
check "an old mvn fetches a new one" "$scratch/t2/maven/bin/mvn" "$(taken "$scratch/t2" "$scratch/old")"
wanted=$(sed -n 's|^distributionUrl=.*/apache-maven-\([0-9.]*\)-bin.*|\1|p' "$root/.mvn/wrapper/maven-wrapper.properties")
check "it is the version of the wrapper" "Apache Maven $wanted" "$("$scratch/t2/maven/bin/mvn")"
check "nothing else is left" "$scratch/t2/maven" "$(find "$scratch/t2" -mindepth 1 -maxdepth 1)"
check "the second time it is there" "$scratch/t2/maven/bin/mvn" "$(taken "$scratch/t2" "$scratch/broken")"
check "an old mvn that cannot fetch leaves it to the wrapper" "$root/mvnw" "$(taken "$scratch/t3" "$scratch/broken")"

summary
