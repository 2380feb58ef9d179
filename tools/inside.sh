#!/bin/sh
# Runs a program in a chroot that tools/chroot.sh made, with one folder of ours as /peer in it.
#
#   tools/inside.sh CHROOT FOLDER PROGRAM [ARGUMENT]...
#
# The mounts are in a namespace of the program's own: they go with it, and nobody else sees them. The program has this
# shell's process number, so that it can be ended by that.
set -eu
if [ $# -lt 3 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
if [ "$(id -u)" != 0 ]; then exec sudo -n "$0" "$@"; fi
mkdir -p "$1/peer"
# shellcheck disable=SC2016  # expanded by the inner shell
exec unshare --mount --propagation private /bin/sh -euc '
    root=$1 folder=$2
    shift 2
    mount --bind "$folder" "$root/peer"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mkdir -p "$root/dev/shm"
    exec chroot "$root" "$@"' inside "$@"
