# shellcheck shell=bash
# require_jdk: sets and exports JAVA_HOME to a JDK that builds and runs Millrace, or ends the script.
#
# Where the machine has none, a Temurin 25 archive is fetched into $tools/jdk and its SHA-256 is
# compared with the one the vendor publishes, read at that moment from the same address.
#
#   MILLRACE_NO_DOWNLOAD=1   (--no-download) fetch nothing, print what to do instead
#   MILLRACE_JDK_BASE        another address that answers like the vendor's API
#
# Maven comes after this: on an older Java the flags in .mvn/jvm.config end it with an unreadable error.

jdk_base=${MILLRACE_JDK_BASE:-https://api.adoptium.net}
jdk_base=${jdk_base%/}

require_jdk() {
  if ! find_java jdk "$tools/jdk"; then
    echo "No JDK >= $java_least with jdk.incubator.vector was found: not in JAVA_HOME, on PATH," >&2
    echo "in ${MILLRACE_JVM_PARENT:-/usr/lib/jvm}, in ~/.sdkman, nor in $tools/jdk." >&2
    if [ "${MILLRACE_NO_DOWNLOAD:-0}" = 1 ]; then
      jdk_by_hand
      exit 1
    fi
    if ! fetch_jdk; then
      jdk_by_hand
      exit 1
    fi
    find_java jdk "$tools/jdk" || {
      echo "The fetched archive is no JDK that fits; it is in $tools/jdk." >&2
      exit 1
    }
  fi
  export JAVA_HOME=$java_home
}

jdk_os() {
  case $(uname -s) in
    Linux) if [ -e /etc/alpine-release ]; then echo alpine-linux; else echo linux; fi ;;
    Darwin) echo mac ;;
    *) echo unknown ;;
  esac
}

jdk_arch() {
  case $(uname -m) in
    x86_64 | amd64) echo x64 ;;
    aarch64 | arm64) echo aarch64 ;;
    ppc64le | riscv64 | s390x) uname -m ;;
    *) echo unknown ;;
  esac
}

jdk_by_hand() {
  local archive
  archive="$jdk_base/v3/binary/latest/$java_least/ga/$(jdk_os)/$(jdk_arch)/jdk/hotspot/normal/eclipse"
  {
    echo "By hand, these two commands do it (or set JAVA_HOME to a JDK $java_least you have):"
    echo "  curl -fLo jdk.tar.gz '$archive'"
    echo "  mkdir -p '$tools/jdk' && tar -xzf jdk.tar.gz -C '$tools/jdk' --strip-components=1"
  } >&2
}

# The text of one field of the JSON object "package" that describes the archive. The answer also has
# an "installer" with fields of the same names, so everything before "package" is dropped.
jdk_field() { # FILE NAME
  tr -d '\n' <"$1" |
    sed -n 's/.*"package"[[:space:]]*:[[:space:]]*{\([^}]*\)}.*/\1/p' |
    sed -n 's/.*"'"$2"'"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p'
}

fetch_jdk() {
  local os arch work link wanted found unpacked
  os=$(jdk_os)
  arch=$(jdk_arch)
  if [ "$os" = unknown ] || [ "$arch" = unknown ]; then
    echo "There is no archive for $(uname -s) on $(uname -m)." >&2
    return 1
  fi
  mkdir -p "$tools"
  work=$(mktemp -d "$tools/jdk-fetch.XXXXXX")
  echo "Fetching Temurin $java_least for $os/$arch from $jdk_base into $tools/jdk (about 200 MB)." >&2
  if ! jdk_into "$work"; then
    rm -rf "$work"
    return 1
  fi
  rm -rf "$tools/jdk"
  mv "$unpacked" "$tools/jdk"
  rm -rf "$work"
}

jdk_into() { # WORK; sets unpacked
  local home
  fetch "$jdk_base/v3/assets/latest/$java_least/hotspot?os=$os&architecture=$arch&image_type=jdk&vendor=eclipse" \
    "$1/about.json" || return 1
  link=$(jdk_field "$1/about.json" link)
  wanted=$(jdk_field "$1/about.json" checksum)
  if [ -z "$link" ] || [ "${#wanted}" -ne 64 ]; then
    echo "$jdk_base did not name an archive with its SHA-256 for $os/$arch." >&2
    return 1
  fi
  case $link in /*) link=$jdk_base$link ;; esac
  fetch "$link" "$1/jdk.tar.gz" || return 1
  found=$(sha256_of "$1/jdk.tar.gz")
  if [ "$found" != "$wanted" ]; then
    echo "The archive from $link does not match its checksum and was thrown away:" >&2
    echo "  published $wanted" >&2
    echo "  found     $found" >&2
    return 1
  fi
  mkdir "$1/unpacked"
  tar -xzf "$1/jdk.tar.gz" -C "$1/unpacked" || return 1
  for unpacked in "$1/unpacked"/*; do
    for home in "$unpacked" "$unpacked/Contents/Home"; do
      if [ -x "$home/bin/javac" ]; then
        echo "Checked: SHA-256 $found" >&2
        return 0
      fi
    done
  done
  echo "The archive from $link holds no bin/javac." >&2
  return 1
}
