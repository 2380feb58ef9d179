#!/bin/bash
# Makes what the emulated board is given beside its image.
#
#   tools/guest-arm64.sh FOLDER      for the image in .build/image; the guest has FOLDER as /run/host
#
# gpio-sim is built for the very kernel of the image, in a chroot of Debian 13.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# != 1 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
folder=$1
parts=.build/image/portier-virt

say() { printf 'guest-arm64: %s\n' "$*" >&2; }

rm -rf "$folder"
mkdir -p "$folder"
# The image's name, board and kernel.
build=$(unsquashfs -cat $parts/root.squashfs usr/lib/portier/build)
release=${build##* }
say "for $build"
chroot=$(PORTIER_FOREIGN=arm64 tools/chroot.sh guest-arm64 trixie gcc-14-aarch64-linux-gnu binutils-aarch64-linux-gnu libc6-dev make xz-utils)
made=$chroot$(tools/inside.sh "$chroot" "$PWD/Interop/guest" /bin/bash /peer/make-arm64.sh "$release" /made)
cp "$made"/gpio-sim/{irq_sim,gpio-sim}.ko Interop/guest/{start-arm64,lines.sh} "$folder"
