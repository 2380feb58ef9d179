#!/bin/bash
# Makes a board's image in .build/image, prints sizes, and fails above what a card, a slot and a download may be.
#
#   tools/image.sh BOARD [PACKAGE]              the package for arm64 is .build/deb's, unless said
#   tools/image.sh --twice BOARD [PACKAGE]      makes all of it once more, Debian's part too, and names what differs
#
# Everything is made in a chroot of Debian 13, so that every system gives the same bytes. Debian's part is kept there, and made anew
# when image/packages changes or with FRESH=yes. PORTIER_BUILD, as "VERSION COMMIT", names the build otherwise than the sources do.
set -euo pipefail
cd "$(dirname "$0")/.."

most_slot_bytes=350000000
most_download_bytes=100000000

say() { printf 'image: %s\n' "$*" >&2; }
die() { say "$*" && exit 1; }

twice=no
if [ "${1:-}" = --twice ]; then twice=yes && shift; fi
board=${1:-}
if [ ! -d "board/$board/image" ] || [ -z "$board" ]; then
    die "BOARD '$board' is none of: $(cd board && printf '%s ' */image | sed 's,/image,,g')"
fi
packages=(.build/deb/portier_*_arm64.deb)
package=${2:-${packages[-1]}}
[ -f "$package" ] || die "there is no package $package: make deb ARCH=arm64"

tools/need.sh mmdebstrap debian-archive-keyring
chroot=$(tools/chroot.sh image trixie mmdebstrap debian-archive-keyring arch-test qemu-user squashfs-tools mtools dosfstools e2fsprogs \
    fdisk rauc u-boot-qemu u-boot-tools zstd xz-utils cpio kmod jq openssl device-tree-compiler ca-certificates)
out=.build/image
mkdir -p $out
cp "$package" $out/portier_arm64.deb

version=$(sed -n 's/.*version = "\(.*\)"/\1/p' Sources/Base/Product.swift)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
PORTIER_BUILD=${PORTIER_BUILD:-$version $(git describe --always --dirty --exclude '*')}
inside() {
    tools/inside.sh "$chroot" "$PWD" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" PORTIER_BUILD="$PORTIER_BUILD" FRESH="${FRESH:-}" "$@"
}
# A board trusts who has the keys that bundles are signed with; only certificates leave their folder.
cp "$(tools/keys.sh)/ca.cert.pem" $out/keyring.pem
mirror=$(sed -nE 's/^deb (\[[^]]*\] )?([^ ]+) trixie .*/\2/p' "$chroot/etc/apt/sources.list" | head -n 1)
# A Pi's way to try a slot, for the kernel in the base $1.
make_tryboot() {
    local suite release builder
    suite=$(cat "board/$board/image/kernel" 2>/dev/null || echo trixie)
    release=$(find "$chroot$1/debs-$suite" -name '*.deb' -printf '%f\n' | sed -nE 's/^linux-(image|modules)-([0-9][^_]*-arm64)_.*/\2/p' | head -n 1)
    builder=$(PORTIER_FOREIGN=arm64 tools/chroot.sh guest-arm64 trixie gcc-14-aarch64-linux-gnu binutils-aarch64-linux-gnu libc6-dev make xz-utils)
    cp "$builder$(tools/inside.sh "$builder" "$PWD/image/tryboot" /bin/bash /peer/make.sh "$release" "$suite")" $out/portier_tryboot.ko
}
# Makes the base in the chroot's folder $1, and the image from it in our folder $2.
make_in() {
    inside /peer/image/make-base.sh "$1" "${mirror:-http://deb.debian.org/debian}"
    [ "$board" = virt ] || make_tryboot "$1"
    inside /peer/image/make-image.sh "$board" /peer/$out/portier_arm64.deb "$1" "/peer/$2"
}
# Who called shall own what comes out.
trap 'inside chown -R --reference=/peer /peer/$out' EXIT
exec 9>"$chroot.image.lock"
flock 9
make_in /cache/base $out

if [ "$twice" = yes ]; then
    again=$out/again
    mkdir -p $again
    FRESH=yes make_in /cache/again $again
    first=$out/portier-$board second=$again/portier-$board
    same=yes
    if ! diff <(grep -E '^(Package|Version):' "$first/packages.status") <(grep -E '^(Package|Version):' "$second/packages.status") >&2; then
        say "the mirror has other packages by now: that differs, and nothing else is to be told"
        same=no
    fi
    for part in vmlinuz initrd.img boot.vfat card.vfat data.ext4 root.squashfs; do
        cmp "$first/$part" "$second/$part" >&2 || { say "$part differs" && same=no; }
    done
    cmp "$out/portier-$board.img" "$again/portier-$board.img" >&2 || same=no
    if [ $same = no ]; then
        inside /bin/sh -c "cd /tmp && rm -rf one two && unsquashfs -q -n -d one /peer/$first/root.squashfs >/dev/null &&
            unsquashfs -q -n -d two /peer/$second/root.squashfs >/dev/null && diff -rq --no-dereference one two | head -n 40; rm -rf one two" >&2
        die "built twice, portier-$board.img is not the same (the second is kept in $again)"
    fi
    inside rm -rf "/peer/$again" /cache/again
    say "built twice, portier-$board.img is the same"
    exit
fi

image=$out/portier-$board.img
bytes() { stat -c %s "$1"; }
slot=$(($(bytes "$out/portier-$board/boot.vfat") + 240 * 1024 * 1024))
inside zstd -q -f -T0 -15 "/peer/$image" -o "/peer/$image.zst"
inside /peer/image/manifest.sh "$board" "/peer/$image" "/peer/$out/portier-$board" >"$out/portier-$board.spdx.json"
(cd $out && sha256sum portier-*.img portier-*.img.zst portier-*.spdx.json >SHA256SUMS)
say "$image: $(bytes "$image") bytes, of which $(du -B1 "$image" | cut -f 1) on the disk"
say "$image.zst: $(bytes "$image.zst") bytes, of at most $most_download_bytes"
say "a slot: $slot bytes, of at most $most_slot_bytes; in it, $(bytes "$out/portier-$board/root.squashfs") of root," \
    "$(bytes "$out/portier-$board/vmlinuz") of kernel and $(bytes "$out/portier-$board/initrd.img") of initrd"
[ "$slot" -le $most_slot_bytes ] || die "the slot is too large"
[ "$(bytes "$image.zst")" -le $most_download_bytes ] || die "the image is too large"
