#!/bin/sh
# Installs the unpacked archive that it lies in, or takes an installation away again. Run it once more to
# update: files are put beside the old ones and exchanged, configuration and data are never touched.
set -eu
umask 022
usage="install.sh [--prefix DIR] [--systemd] [--root DIR] [--uninstall]
  --prefix DIR  default /usr/local; the program comes into DIR/lib/millrace, the command is DIR/bin/millrace
  --systemd     also the service of this machine: unit, user, /etc/millrace/millrace.yaml; needs root
  --root DIR    put everything below DIR and make no user, for images and packages
  --uninstall   take away what was installed from there; configuration and data stay"

fail() {
  echo "install.sh: $1" >&2
  exit "${2:-1}"
}
prefix=/usr/local
root=
systemd=no
uninstall=no
while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --root) [ $# -ge 2 ] || fail "$1 needs a folder" 2 ;;
  esac
  case $1 in
    --prefix) prefix=${2%/} && shift ;;
    --root) root=${2%/} && shift ;;
    --systemd) systemd=yes ;;
    --uninstall) uninstall=yes ;;
    -h | --help) echo "usage: $usage" && exit ;;
    *) echo "usage: $usage" >&2 && exit 2 ;;
  esac
  shift
done
case $prefix in
  /*) ;;
  *) fail "--prefix needs a folder that begins with /, not \"$prefix\"" 2 ;;
esac
source=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
home=$root$prefix/lib/millrace
command=$root$prefix/bin/millrace
leads_to=../lib/millrace/bin/millrace
unit=$root/etc/systemd/system/millrace.service
# That of this machine, and it runs.
has_systemd() {
  [ -z "$root" ] && [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1
}
is_ours() { # FOLDER
  [ -f "$1/lib/classpath" ] && [ -f "$1/install.sh" ]
}
is_our_link() {
  [ -h "$command" ] && [ "$(readlink "$command")" = "$leads_to" ]
}
is_our_unit() {
  [ -f "$unit" ] && grep -qxF "ExecStart=$prefix/bin/millrace serve --config /etc/millrace/millrace.yaml" "$unit"
}
# What shells read, by the name that each wants.
completions="bash-completion/completions/millrace:millrace.bash
zsh/site-functions/_millrace:millrace.zsh
fish/vendor_completions.d/millrace.fish:millrace.fish"

if [ $uninstall = yes ]; then
  if is_our_unit; then
    ! has_systemd || systemctl disable --now millrace.service
    rm -f "$unit" "$root/etc/sysusers.d/millrace.conf" "$root/etc/tmpfiles.d/millrace.conf"
    ! has_systemd || systemctl daemon-reload
    echo "left: /etc/millrace, /etc/default/millrace, the data in /var/lib/millrace, the user millrace"
  fi
  ! is_our_link || rm -f "$command"
  if is_ours "$home"; then
    for one in $completions; do rm -f "$root$prefix/share/${one%%:*}"; done
    rm -rf "$home"
    echo "removed $home"
  else
    echo "nothing is installed in $home"
  fi
  exit
fi

is_ours "$source" || fail "it does not lie in an unpacked archive of Millrace"
[ "$source" != "$home" ] || fail "this is the installation; run the install.sh of a newer archive"
[ ! -e "$home" ] || is_ours "$home" || fail "$home is there and not from an install.sh"
if [ -e "$command" ] || [ -h "$command" ]; then
  is_our_link || fail "$command is there and not from an install.sh"
fi
if [ $systemd = yes ]; then
  case $prefix in
    *[!A-Za-z0-9/._+-]*) fail "a unit cannot name \"$prefix\"; take a prefix of plain letters" 2 ;;
    /home/* | /root/* | /tmp/* | /var/tmp/*) fail "the service sees nothing of $prefix; take another prefix" 2 ;;
  esac
  [ ! -f "$unit" ] || is_our_unit || fail "$unit is there and starts another program"
  [ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "--systemd needs root"
fi

mkdir -p "$root$prefix/lib" "$root$prefix/bin"
rm -rf "$home.new" "$home.old"
mkdir "$home.new"
# With their times: the cache of classes is for jars of that time only.
for part in bin lib runtime doc LICENSE NOTICE install.sh; do
  [ ! -e "$source/$part" ] || cp -Rp "$source/$part" "$home.new/"
done
# Else whoever has unpacked the archive could change what others run.
[ "$(id -u)" != 0 ] || chown -R 0:0 "$home.new"
chmod -R u+rwX,go+rX,go-w "$home.new" # whatever umask the archive was unpacked with
[ ! -e "$home" ] || mv "$home" "$home.old"
mv "$home.new" "$home"
rm -rf "$home.old"
[ -h "$command" ] || ln -s "$leads_to" "$command"
for one in $completions; do
  from=$source/completion/${one#*:}
  to=$root$prefix/share/${one%%:*}
  [ -f "$from" ] || continue
  mkdir -p "$(dirname -- "$to")"
  cp "$from" "$to"
  chmod 644 "$to"
done
echo "installed $command"

if [ $systemd = yes ]; then
  for folder in systemd/system sysusers.d tmpfiles.d millrace default; do mkdir -p "$root/etc/$folder"; done
  sed -e "s|/opt/millrace/bin/millrace|$prefix/bin/millrace|" \
    -e "s|/usr/share/doc/millrace|$prefix/lib/millrace/doc|" "$source/systemd/millrace.service" >"$unit"
  cp "$source/systemd/sysusers.conf" "$root/etc/sysusers.d/millrace.conf"
  cp "$source/systemd/tmpfiles.conf" "$root/etc/tmpfiles.d/millrace.conf"
  if [ ! -e "$root/etc/millrace/millrace.yaml" ]; then
    cp "$source/systemd/millrace.yaml" "$root/etc/millrace/millrace.yaml"
    chmod 644 "$root/etc/millrace/millrace.yaml"
  fi
  if [ ! -e "$root/etc/default/millrace" ]; then
    # May hold keys; the service manager reads it, not the service.
    (umask 027 && cp "$source/systemd/environment" "$root/etc/default/millrace")
    chmod 640 "$root/etc/default/millrace"
  fi
  if [ -z "$root" ]; then
    systemd-sysusers /etc/sysusers.d/millrace.conf
    systemd-tmpfiles --create /etc/tmpfiles.d/millrace.conf
  fi
  if has_systemd; then
    systemctl daemon-reload
    systemctl try-restart millrace.service # starts nothing that did not run
  fi
  echo "installed the service; start it by: systemctl enable --now millrace"
fi
