# shellcheck shell=bash
# What a packed folder is made of. The script sources project.sh first and sets $version.
# shellcheck disable=SC2154 # the script sets $root too

# What a jar is, by what it says of itself, else by where Maven keeps it.
group_of() { # JAR NAME VERSION
  local group found
  group=$(unzip -p "$1" "META-INF/maven/*/$2/pom.properties" 2>/dev/null | tr -d '\r' | sed -n 's/^groupId=//p' | head -n 1)
  if [ -z "$group" ]; then
    case $2 in
      app | benchmarks | inference | index-core | ingest | query-api) group=io.millrace ;;
      *)
        found=$(find "${HOME:-/nowhere}/.m2/repository" -path "*/$2/$3/$2-$3.jar" 2>/dev/null | head -n 1)
        found=${found#*/.m2/repository/}
        group=$(printf '%s' "${found%/"$2"/"$3"/*}" | tr / .)
        ;;
    esac
  fi
  printf '%s' "$group"
}
# Every jar below a lib folder: those of the product, then those of the module that embeds texts,
# where it was packed.
jars_of() { # LIB
  cat "$1/classpath"
  (cd "$1" && find ext -name '*.jar' 2>/dev/null) | LC_ALL=C sort
}
# Sets $licence (an SPDX expression) and $owner.
licence_of() { # NAME
  local pattern
  while IFS=$'\t' read -r pattern licence owner; do
    # shellcheck disable=SC2254 # it is a pattern
    case $1 in $pattern) return 0 ;; esac
  done < <(grep -v '^#' "$root/packaging/licenses.tsv")
  die "the licence of $1 is not known, add a line to packaging/licenses.tsv"
}
bill_of_materials() { # LIB
  # shellcheck disable=SC2034 # licence_of sets it
  local owner
  local jar file name of group licence kind comma=
  printf '{\n  "bomFormat": "CycloneDX",\n  "specVersion": "1.6",\n  "version": 1,\n'
  printf '  "metadata": {"component": {"type": "application", "bom-ref": "millrace", "name": "millrace", "version": "%s", "licenses": [{"license": {"id": "Apache-2.0"}}]}},\n' "$version"
  printf '  "components": ['
  while IFS= read -r jar; do
    file=${jar%.jar}
    file=${file##*/}
    name=$(printf '%s' "$file" | sed 's/-[0-9].*$//')
    of=${file#"$name"-}
    group=$(group_of "$1/$jar" "$name" "$of")
    [ -n "$group" ] || die "the group of $jar is not known, so the bill of materials is not whole"
    licence_of "$name"
    case $licence in
      *' '*) kind="{\"expression\": \"$licence\"}" ;;
      *) kind="{\"license\": {\"id\": \"$licence\"}}" ;;
    esac
    printf '%s\n    {"type": "library", "bom-ref": "%s", "group": "%s", "name": "%s", "version": "%s", "purl": "pkg:maven/%s/%s@%s", "licenses": [%s], "hashes": [{"alg": "SHA-256", "content": "%s"}]}' \
      "$comma" "$file" "$group" "$name" "$of" "$group" "$name" "$of" "$kind" "$(sha256_of "$1/$jar")"
    comma=,
  done < <(jars_of "$1")
  printf '\n  ]\n}\n'
}
