#!/usr/bin/env bash
# packaging/install.sh puts an archive into a folder, updates it and takes it away, without root.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

# As scripts/release lays it out, with a Java that says what it was asked.
unpacked=$scratch/unpacked
mkdir -p "$unpacked/bin" "$unpacked/lib" "$unpacked/runtime/bin" "$unpacked/doc" "$unpacked/completion" "$unpacked/systemd"
cp "$root/packaging/install.sh" "$root/LICENSE" "$unpacked/"
cp "$root/scripts/lib/launcher" "$unpacked/bin/millrace"
chmod 775 "$unpacked/bin/millrace"
: >"$unpacked/lib/java-flags"
printf 'app-1.0.jar\n' >"$unpacked/lib/classpath"
echo one >"$unpacked/lib/app-1.0.jar"
touch -t 202601010000 "$unpacked/lib/app-1.0.jar"
printf '#!/bin/sh\necho "java of $0"\n' >"$unpacked/runtime/bin/java"
chmod 755 "$unpacked/runtime/bin/java"
for shell in bash zsh fish; do echo $shell >"$unpacked/completion/millrace.$shell"; done
cp "$root/packaging/systemd/millrace.service" "$root/packaging/etc/millrace.yaml" "$root/packaging/etc/environment" "$unpacked/systemd/"
cp "$root/packaging/sysusers/millrace.conf" "$unpacked/systemd/sysusers.conf"
cp "$root/packaging/tmpfiles/millrace.conf" "$unpacked/systemd/tmpfiles.conf"
files() { (cd "$1" && find . ! -type d | LC_ALL=C sort); }
refused() { # SENTENCE STATUS PART ARGUMENTS...
  local sentence=$1 expected=$2 part=$3 status=0 said
  shift 3
  said=$("$unpacked/install.sh" "$@" 2>&1) || status=$?
  check "$sentence" "$expected" "$status"
  check_has "$sentence, and says why" "$part" "$said"
}

prefix=$scratch/pre/fix
"$unpacked/install.sh" --prefix "$prefix" >"$scratch/said"
check_has "it says where the command is" "installed $prefix/bin/millrace" "$(cat "$scratch/said")"
check "the command runs the Java that came with it" "java of $prefix/lib/millrace/runtime/bin/java" "$("$prefix/bin/millrace" --version)"
check "jars keep their times, which the cache of classes is for" "" \
  "$(find "$prefix/lib/millrace/lib" -name '*.jar' -newer "$unpacked/lib/app-1.0.jar")"
check "each shell has its completion" "./bash-completion/completions/millrace ./fish/vendor_completions.d/millrace.fish ./zsh/site-functions/_millrace" \
  "$(files "$prefix/share" | paste -s -d ' ' -)"
check "nobody else may change it" "" "$(find "$prefix/lib/millrace" ! -type l -perm /022 2>/dev/null)"
before=$(files "$prefix")

echo two >"$unpacked/lib/app-2.0.jar"
printf 'app-2.0.jar\n' >"$unpacked/lib/classpath"
rm "$unpacked/lib/app-1.0.jar"
"$unpacked/install.sh" --prefix "$prefix" >/dev/null
check "a newer archive takes the place of the older, with nothing of it left" "${before//app-1.0/app-2.0}" "$(files "$prefix")"
again=$(files "$prefix")
"$unpacked/install.sh" --prefix "$prefix" >/dev/null
check "once more changes nothing" "$again" "$(files "$prefix")"

"$prefix/lib/millrace/install.sh" --prefix "$prefix" --uninstall >/dev/null
check "what was installed takes itself away" "" "$(files "$prefix")"
"$unpacked/install.sh" --prefix "$prefix" --uninstall >"$scratch/said"
check "there is nothing to take away then" "nothing is installed in $prefix/lib/millrace" "$(cat "$scratch/said")"

mkdir -p "$scratch/theirs/lib/millrace" "$scratch/others/bin"
echo mine >"$scratch/theirs/lib/millrace/file"
echo mine >"$scratch/others/bin/millrace"
refused "a folder of somebody else is left alone" 1 "not from an install.sh" --prefix "$scratch/theirs"
refused "so is a command" 1 "not from an install.sh" --prefix "$scratch/others"
"$unpacked/install.sh" --prefix "$scratch/theirs" --uninstall >/dev/null
"$unpacked/install.sh" --prefix "$scratch/others" --uninstall >/dev/null
check "also by an uninstall" "mine mine" "$(cat "$scratch/theirs/lib/millrace/file" "$scratch/others/bin/millrace" | paste -s -d ' ' -)"
refused "a prefix begins with /" 2 "begins with /" --prefix here
refused "an unknown flag is refused" 2 "usage: install.sh" --everywhere

machine=$scratch/machine
"$unpacked/install.sh" --root "$machine" --systemd >/dev/null
check "the service starts the command of the prefix" "ExecStart=/usr/local/bin/millrace serve --config /etc/millrace/millrace.yaml" \
  "$(grep '^ExecStart=' "$machine/etc/systemd/system/millrace.service")"
check "nothing of it is where the package has it" "" "$(grep '/opt/\|/usr/share' "$machine/etc/systemd/system/millrace.service" || true)"
check "its user, folders and configuration come along" "./default/millrace ./millrace/millrace.yaml ./systemd/system/millrace.service ./sysusers.d/millrace.conf ./tmpfiles.d/millrace.conf" \
  "$(files "$machine/etc" | paste -s -d ' ' -)"
check "others cannot read the environment, which may hold keys" "-rw-r-----" "$(find "$machine/etc/default" -name millrace -exec ls -l {} + | cut -c 1-10)"
check "the command of that machine is there" "java of $machine/usr/local/lib/millrace/runtime/bin/java" "$("$machine/usr/local/bin/millrace" --version)"
echo "# changed" >"$machine/etc/millrace/millrace.yaml"
echo "KEY=changed" >"$machine/etc/default/millrace"
"$unpacked/install.sh" --root "$machine" --systemd >/dev/null
check "an update leaves the configuration alone" "# changed KEY=changed" \
  "$(cat "$machine/etc/millrace/millrace.yaml" "$machine/etc/default/millrace" | paste -s -d ' ' -)"
refused "another unit of that name is left alone" 1 "starts another program" --root "$machine" --prefix /opt/m --systemd
refused "a unit below /home would see nothing" 2 "sees nothing" --root "$machine" --prefix /home/me/m --systemd
"$unpacked/install.sh" --root "$machine" --uninstall >"$scratch/said"
check "an uninstall leaves the configuration and says so" "./etc/default/millrace ./etc/millrace/millrace.yaml" \
  "$(files "$machine" | paste -s -d ' ' -)"
check_has "with the data" "left: /etc/millrace, /etc/default/millrace, the data" "$(cat "$scratch/said")"

summary
