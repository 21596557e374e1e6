# shellcheck shell=bash
# Downloads and checksums with what a bare machine has: curl or wget, sha256sum or shasum.

fetch() { # URL FILE
  if command -v curl >/dev/null 2>&1; then
    curl --fail --silent --show-error --location --retry 2 --connect-timeout 20 --output "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget --quiet --tries=3 --connect-timeout=20 --output-document="$2" "$1"
  else
    echo "neither curl nor wget is here to fetch $1" >&2
    return 1
  fi
}

sha256_of() { # FILE
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum <"$1" | cut -d ' ' -f 1
  else
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  fi
}
