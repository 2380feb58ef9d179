#!/bin/sh
# Makes a small Debian of another release for a peer to run in, once, and says where it is.
#
#   tools/chroot.sh NAME SUITE PACKAGE...      makes it if need be; its path goes to standard output
#   tools/chroot.sh --clean                    takes all of them away
#
# They are kept in $PORTIER_CHROOTS, else in $XDG_CACHE_HOME/portier/chroots, else in ~/.cache/portier/chroots, so that all
# clones share them. $PORTIER_FOREIGN names another architecture whose packages may be among them, as PACKAGE:ARCHITECTURE.
# One that was made for another suite or other packages is made again.
set -eu

say() { printf 'chroot: %s\n' "$*" >&2; }

cache=${PORTIER_CHROOTS:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/portier/chroots}
root=
if [ "$(id -u)" != 0 ]; then root="sudo"; [ -t 0 ] || root="sudo -n"; fi

if [ "${1:-}" = --clean ]; then
    say "taking away $cache"
    $root rm -rf --one-file-system "$cache"
    exit
fi
if [ $# -lt 3 ]; then
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
name=$1 suite=$2
shift 2
packages=$(printf '%s,' "$@" | sed 's/,$//')
wanted="$suite $packages"
path=$cache/$name

made() { [ -x "$path/usr/bin/env" ] && [ "$(cat "$cache/$name.made" 2>/dev/null)" = "$wanted" ]; }

mkdir -p "$cache"
# One at a time: who comes second finds it made.
exec 9>"$cache/$name.lock"
flock 9
if made; then
    printf '%s\n' "$path"
    exit
fi

"$(dirname "$0")/need.sh" mmdebstrap debian-archive-keyring
mirror=
for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    [ -n "$mirror" ] || mirror=$(sed -nE 's/^(URIs:|deb( \[[^]]*\])?) +([^ ]*\/debian\/?)( .*)?$/\3/p' "$file" 2>/dev/null | head -n 1)
done
mirror=${mirror:-http://deb.debian.org/debian}

# A suite that has gone to the archive is looked for there.
debootstrap() {
    $root rm -rf --one-file-system "$path"
    $root mmdebstrap --quiet --variant=apt --architectures="$(dpkg --print-architecture)${PORTIER_FOREIGN:+,$PORTIER_FOREIGN}" \
        --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Languages "none"' \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --include="$packages" "$suite" "$path" "$1" </dev/null >&2
}
say "making $name: Debian $suite with $packages (a minute or two, some 300 MB, in $path)"
rm -f "$cache/$name.made"
debootstrap "$mirror" || {
    say "$mirror does not give it; asking the archive"
    debootstrap http://archive.debian.org/debian || {
        say "could not make $name"
        exit 1
    }
}
printf '%s\n' "$wanted" >"$cache/$name.made"
say "made $name, $($root du -sh "$path" | cut -f 1)"
printf '%s\n' "$path"
