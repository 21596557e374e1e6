# shellcheck shell=bash
# Requests to the server at $url, with the key in $key where that is not empty. Needs curl and `die`.

# Sets $status and $body. The key goes in by stdin: command lines can be seen by others.
call() { # METHOD PATH [CURL-ARG...]
  local method=$1 path=$2 out
  shift 2
  # shellcheck disable=SC2154 # the script sets them
  local quoted=${key//\\/\\\\}
  # shellcheck disable=SC2154
  out=$(printf 'header = "api-key: %s"\n' "${quoted//\"/\\\"}" | curl --silent --show-error --max-time 120 --config - \
    --header 'Content-Type: application/json' --request "$method" --write-out '\n%{http_code}' "$@" \
    "$url$path") || die "$url does not answer"
  status=${out##*$'\n'}
  body=${out%$'\n'*}
}

# The same; anything but 200 is the end.
good() { # METHOD PATH [CURL-ARG...]
  call "$@"
  [ "$status" = 200 ] || die "$1 $2: $status $body"
}

# The ids of the answer in $body, which are numbers, in its order.
hits() {
  grep -o '"id":[0-9]*' <<<"$body" | tr -cd '0-9\n' | paste -s -d ' ' -
}
