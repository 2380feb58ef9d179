#!/bin/sh
# Runs a program in a network of its own: the loopback device with one more address, and a default route that leads nowhere else.
#
#   tools/alone.sh ADDRESS/BITS PROGRAM [ARGUMENT]...
#
# For peers that do not believe in a network without a default route. The network goes with the program.
set -eu
if [ $# -lt 2 ]; then
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
if [ "$(id -u)" != 0 ]; then exec sudo -n "$0" "$@"; fi
# shellcheck disable=SC2016  # expanded by the inner shell
exec unshare --net /bin/sh -euc '
    address=$1
    shift
    ip link set lo up
    ip addr add "$address" dev lo
    ip route add default dev lo src "${address%/*}"
    exec "$@"' alone "$@"
