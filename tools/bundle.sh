#!/bin/bash
# Makes a signed bundle, by which RAUC updates a board, of a boot partition and a root file system.
#
#   tools/bundle.sh BOARD                        .build/image/portier-BOARD.raucb, of what `make image` has left there
#   tools/bundle.sh BOARD VERSION BOOT ROOT BUNDLE
#
# It is signed with the keys of tools/keys.sh, in the chroot that the image is made in.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# != 1 ] && [ $# != 5 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
board=$1
parts=.build/image/portier-$board
version=${2:-$(sed -n 's/.*version = "\(.*\)"/\1/p' Sources/Base/Product.swift)}
boot=${3:-$parts/boot.vfat} root=${4:-$parts/root.squashfs} bundle=${5:-.build/image/portier-$board.raucb}

say() { printf 'bundle: %s\n' "$*" >&2; }
die() { say "$*" && exit 1; }
for file in "$boot" "$root"; do
    [ -s "$file" ] || die "there is no $file: make image BOARD=$board"
done
keys=$(tools/keys.sh)

if ! command -v rauc >/dev/null || [ -z "${PORTIER_BUNDLES:-}" ]; then
    chroot=$(tools/chroot.sh bundle trixie rauc squashfs-tools openssl)
    # Memory that the chroot sees, too, so that keys are nowhere on a disk but in their folder.
    shared=$(mktemp -d /dev/shm/portier-keys-XXXXXX)
    trap 'rm -rf "$shared"' EXIT
    cp "$keys"/{ca.cert,signing.cert,signing.key}.pem "$shared"
    tools/inside.sh "$chroot" "$PWD" /usr/bin/env PORTIER_BUNDLES=yes "PORTIER_KEYS=$shared" LC_ALL=C.UTF-8 \
        /peer/tools/bundle.sh "$board" "$version" "$boot" "$root" "$bundle"
    exit
fi

content=$bundle.content
rm -rf "$content" "$bundle"
mkdir -p "$content"
trap 'rm -rf "$content"' EXIT
ln "$boot" "$content/boot.img" 2>/dev/null || cp "$boot" "$content/boot.img"
ln "$root" "$content/root.img" 2>/dev/null || cp "$root" "$content/root.img"
# The root first: what is written last, the kernel, is what a boot begins with.
cat >"$content/manifest.raucm" <<MANIFEST
[update]
compatible=portier-$board
version=$version
build=$(unsquashfs -cat "$root" usr/lib/portier/build 2>/dev/null | head -c 64)

[bundle]
format=verity

[image.root]
filename=root.img

[image.boot]
filename=boot.img
MANIFEST
rauc bundle --cert="$keys/signing.cert.pem" --key="$keys/signing.key.pem" --keyring="$keys/ca.cert.pem" \
    --mksquashfs-args='-comp zstd -quiet -no-progress' "$content" "$bundle" >"$bundle.log" 2>&1 || {
    cat "$bundle.log" >&2
    die "rauc could not make $bundle"
}
rm "$bundle.log"
say "$bundle: $(stat -c %s "$bundle") bytes, portier-$board $version, signed by $(openssl x509 -noout -subject -in "$keys/signing.cert.pem")"
