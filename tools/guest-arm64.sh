#!/bin/bash
# Makes what the emulated board is given beside its image, and the bundles that it is tested with.
#
#   tools/guest-arm64.sh FOLDER      for the image in .build/image; the guest has FOLDER as /run/host
#
# gpio-sim is built for the very kernel of the image, in a chroot of Debian 13. Bundles are made once for each image: good and broken by
# Interop/guest/make-versions.sh; former, the image as it is; unsigned, foreign and other, which are small: they are not installed.
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

versions=.build/image/versions
stamp=$(cat $parts/root.squashfs $parts/boot.vfat "$(tools/keys.sh)/signing.cert.pem" "$0" tools/bundle.sh Interop/guest/make-versions.sh |
    sha256sum)
if [ "$(cat $versions/made 2>/dev/null)" != "$stamp" ]; then
    say "making bundles of it in $versions"
    rm -rf $versions
    mkdir -p $versions/keys
    # Owners are kept by root only.
    as_root=()
    if [ "$(id -u)" != 0 ]; then as_root=(sudo -n); fi
    "${as_root[@]}" Interop/guest/make-versions.sh $parts $versions
    tools/bundle.sh virt 9.1 $versions/good.vfat $versions/good.squashfs $versions/good.raucb
    tools/bundle.sh virt 9.2 $versions/good.vfat $versions/broken.squashfs $versions/broken.raucb
    tools/bundle.sh virt 9.0 $parts/boot.vfat $parts/root.squashfs $versions/former.raucb
    head -c 1M $parts/boot.vfat >$versions/small
    PORTIER_KEYS=$PWD/$versions/keys tools/bundle.sh virt 9.3 $versions/small $versions/small $versions/foreign.raucb
    tools/bundle.sh pi4 9.4 $versions/small $versions/small $versions/other.raucb
    # A bundle is a squashfs with its signature behind it: here, nothing is.
    mksquashfs $versions/small $versions/unsigned.raucb -quiet -no-progress -noappend
    rm -r $versions/small $versions/keys $versions/broken.squashfs
    echo "$stamp" >$versions/made
fi
for bundle in "$versions"/*.raucb; do
    ln "$bundle" "$folder" 2>/dev/null || cp "$bundle" "$folder"
done
