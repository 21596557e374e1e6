#!/usr/bin/env bash
# The smoke test is right about a real server, and wrong answers of a stand-in are named.
set -euo pipefail
# shellcheck source=scripts/lib/assert.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/assert.sh"

if ! command -v curl >/dev/null 2>&1; then
  echo "left out: the smoke test (curl is not here)"
  summary
  exit
fi
smoke() { # ARG...; sets status and out
  status=0
  out=$("$root/scripts/smoke" "$@" 2>&1) || status=$?
}
smoke ftp://127.0.0.1
check "an address of another kind is wrong usage" 2 "$status"
smoke http://127.0.0.1:1
check "a server that is not there is a failure" 1 "$status"
check_has "that is told" "http://127.0.0.1:1 does not answer" "$out"

packed=$root/dist/millrace
if [ -x "$packed/bin/millrace" ]; then
  # shellcheck source=scripts/lib/find-java.sh
  . "$root/scripts/lib/find-java.sh"
  find_java runtime "$root/.tools/jdk" && export JAVA_HOME=$java_home
  port=$((20000 + $$ % 12000))
  echo full >"$scratch/key"
  MILLRACE__SERVICE__API_KEY=full MILLRACE__SERVICE__READ_ONLY_API_KEY=reads \
    "$packed/bin/millrace" serve -d "$scratch/data" -p "$port" >"$scratch/log" 2>&1 &
  children+=("$!")
  wait_for_line 'Ready shape=' "$scratch/log" >/dev/null
  url=http://127.0.0.1:$port
  smoke "$url/" --api-key-file "$scratch/key"
  check "a server that works is a success" 0 "$status"
  check_has "its last line says so" "all is well at $url" "$(tail -n 1 <<<"$out")"
  check "each step is a line" "health ready version collections create upsert search filter delete gone " \
    "$(sed -n 's/^ok  \([a-z]*\) .*/\1/p' <<<"$out" | tr '\n' ' ')"
  check_has "and nothing is left" '"collections":[]' "$(curl -s -H 'api-key: full' "$url/collections")"
  MILLRACE_API_KEY=reads smoke "$url"
  check "a key that may not write is a failure" 1 "$status"
  check_has "in the server's words" "PUT /collections/smoke-" "$out"
  check_has "with its status" ": 403 " "$out"
else
  echo "left out: a real server (dist/millrace is not here)"
fi

if command -v python3 >/dev/null 2>&1; then
  # Takes everything, finds the points of WRONG in place of what it should, and writes down deletes.
  cat >"$scratch/stand-in.py" <<'PY'
import http.server, os, sys

class StandIn(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        hits = ",".join('{"id":%s}' % id for id in os.environ["FOUND"].split())
        body = '{"result":{"status":"completed","collections":[],"points":[%s]},"version":"1"}' % hits
        if self.command == "DELETE":
            print("deleted " + self.path, flush=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())
    do_GET = do_PUT = do_POST = do_DELETE = answer
    def log_message(self, *_): pass

server = http.server.HTTPServer(("127.0.0.1", 0), StandIn)
print("port %d" % server.server_port, flush=True)
server.serve_forever()
PY
  stand_in() { # FOUND; sets status and out
    FOUND=$1 python3 "$scratch/stand-in.py" >"$scratch/stand-in" &
    children+=("$!")
    smoke "http://127.0.0.1:$(wait_for_line '^port ' "$scratch/stand-in" | cut -d ' ' -f 2)"
  }
  stand_in "1 3 2"
  check "hits in a wrong order are a failure" 1 "$status"
  check_has "that is told" "search: expected the points 1 2 3, got" "$out"
  check_has "the collection is deleted then, too" "deleted /collections/smoke-" "$(cat "$scratch/stand-in")"
  stand_in "1 2 3"
  check "a filter without effect is a failure" 1 "$status"
  check_has "that is told as well" "filter: expected the points 2 3, got" "$out"
else
  echo "left out: wrong answers (python3 is not here)"
fi
summary
