# shellcheck shell=bash
# Brokers and servers that a script starts beside itself. Needs project.sh.

# Ends one child: asks first, insists after 15 s.
end() { # PID
  [ -n "$1" ] || return 0
  kill "$1" 2>/dev/null || return 0
  local tries=0
  while kill -0 "$1" 2>/dev/null && [ "$tries" -lt 150 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -9 "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# The ends of kafka.log and server.log, where they say something.
show_logs() { # FOLDER
  local log
  for log in kafka server; do
    if [ -s "$1/$log.log" ]; then
      echo "-- the end of $log.log" >&2
      tail -n 25 "$1/$log.log" >&2
    fi
  done
}

# Starts a broker with its data and kafka.log in FOLDER; sets $broker, its process, and $kafka, its
# address. Call it under `set -m` where the terminal's Ctrl-C must not reach it.
start_kafka() { # FOLDER TOPIC:PARTITIONS
  "$root/scripts/kafka" --port 0 --data "$1/kafka" --topic "$2" >"$1/kafka.log" 2>&1 </dev/null &
  broker=$!
  until kafka=$(grep -m 1 '^ready ' "$1/kafka.log" 2>/dev/null); do
    kill -0 "$broker" 2>/dev/null || die "the broker did not start"
    sleep 0.1
  done
  # shellcheck disable=SC2034 # the script uses it
  kafka=${kafka#ready }
}

# Sets $port to the first free one of PORT, PORT + 10, ...
next_free_port() { # PORT
  port=$1
  until is_free "$port"; do
    port=$((port + 10))
    [ $port -lt $(($1 + 600)) ] || die "no free port from $1 on; give one with --port"
  done
}

# Waits until the server answers that it is ready.
await_ready() { # PID URL
  local tries=0
  # shellcheck disable=SC2154 # project.sh sets it
  until "$dist/bin/millrace" status --ready --url "$2" >/dev/null 2>&1; do
    kill -0 "$1" 2>/dev/null || die "the server did not start"
    tries=$((tries + 1))
    [ "$tries" -lt 120 ] || die "the server is not ready after 120 tries"
    sleep 0.2
  done
}
