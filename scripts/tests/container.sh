#!/usr/bin/env bash
# The image without Docker: the packed program runs with the Dockerfile's environment, entry point and
# health check, as a user without rights where this machine allows that.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

packed=$root/dist/millrace
if [ ! -x "$packed/bin/millrace" ]; then
  echo "left out: there is no dist/millrace; scripts/build makes it"
  summary
  exit
fi
# shellcheck source=scripts/lib/find-java.sh
. "$root/scripts/lib/find-java.sh"
find_java runtime "$root/.tools/jdk" || { echo "left out: no Java" && summary && exit; }

# ENV of the last stage, one NAME=value a line.
environment=()
while IFS= read -r pair; do
  case $pair in PATH=*) ;; *) environment+=("$pair") ;; esac
done < <(sed -e ':join' -e '/\\$/{N;s/\\\n//;b join' -e '}' "$root/Dockerfile" | sed -n 's/^ENV //p' | tr -s ' ' '\n')
check "the Dockerfile's environment was found" yes "$([ ${#environment[@]} -ge 4 ] && echo yes)"

chmod 755 "$scratch"
mkdir "$scratch/data"
drop=()
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null 2>&1 &&
  setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --bounding-set=-all \
    test -x "$packed/bin/millrace" -a -x "$java_home/bin/java" 2>/dev/null; then
  drop=(setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --bounding-set=-all)
  chown 10001:10001 "$scratch/data"
  chmod 700 "$scratch/data"
  # A read-only root: the user can write this folder and no other but the temporary one.
else
  echo "left out: another user (this one is not root, or setpriv is not here)"
fi
# Below the ports that the system gives to connections.
port=$((20000 + $$ % 12000))
image() { # ARG...: what the entry point gets; becomes it, so call it in a subshell
  cd "$scratch/data"
  exec env -i "${environment[@]}" PATH=/usr/bin:/bin "JAVA_HOME=$java_home" \
    "MILLRACE__STORAGE__STORAGE_PATH=$scratch/data" "MILLRACE__SERVICE__HTTP_PORT=$port" \
    "MILLRACE_JAVA_OPTS=-XX:MaxRAMPercentage=40 -Xmx256m" \
    ${drop[@]+"${drop[@]}"} "$packed/bin/millrace" "$@"
}

status=0
(image health) >/dev/null 2>&1 || status=$?
check "the health check fails before the server is there" 1 "$status"

image serve >"$scratch/out" 2>"$scratch/err" &
server=$!
children+=("$server")
tries=0
until (image health) >"$scratch/health" 2>&1 || [ $tries -ge 100 ]; do
  tries=$((tries + 1))
  sleep 0.3
done
check "then it says ready" ready "$(cat "$scratch/health")"
check_has "log lines are JSON objects" '{"' "$(grep -m 1 'Ready shape=' "$scratch/out" || cat "$scratch/err")"
check_has "it listens for others than itself" "rest=http://0.0.0.0:$port" "$(cat "$scratch/out")"
check "nothing but the JVM's own line goes to stderr" "" \
  "$(grep -v 'Using incubator modules' "$scratch/err" || true)"
check "the data is where the volume is" yes "$([ -f "$scratch/data/FORMAT" ] && echo yes)"
if [ ${#drop[@]} -gt 0 ]; then
  check "and belongs to the user without rights" 10001 "$(stat -c %u "$scratch/data/FORMAT")"
fi

status=0
kill -TERM "$server"
wait "$server" || status=$?
check "SIGTERM, as the runtime sends it, ends it with 0" 0 "$status"

summary
