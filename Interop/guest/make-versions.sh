#!/bin/bash
# Makes other versions of an image: packed fast, because they live for minutes. Wants to be root, so that files keep their owners.
#
#   make-versions.sh PARTS FOLDER      of root.squashfs, boot.vfat and initrd.img in PARTS, which tools/image.sh left
#
# FOLDER/good.squashfs and good.vfat are version 9.1, which runs as the image does. No byte of them lies where it does in the image, so
# that a slot that is half of one and half of the other would be told from both. FOLDER/broken.squashfs goes with the same good.vfat;
# its portierd ends at once.
set -euo pipefail
parts=$1 folder=$2
root=$folder/root

pack() { mksquashfs "$root" "$1" -quiet -no-progress -noappend -comp zstd -Xcompression-level 3 -b 256K -no-xattrs; }

unsquashfs -quiet -no-progress -dest "$root" "$parts/root.squashfs" >/dev/null
# A kernel's initrd wants a root of the same build.
sed -i 's/^[^ ]* [^ ]*/9.1 good/' "$root/usr/lib/portier/build"
sed -i 's/^IMAGE_VERSION=.*/IMAGE_VERSION=9.1/' "$root/usr/lib/os-release"
pack "$folder/good.squashfs"

mkdir "$folder/boot"
{ zstd -q -dc "$parts/initrd.img" && cd "$root/usr/lib/portier" && echo build | cpio --quiet -o -H newc; } | zstd -q -19 >"$folder/boot/initrd.img"
mcopy -n -i "$parts/boot.vfat" ::vmlinuz ::cmdline.txt ::boot.env "$folder/boot"
truncate -s "$(stat -c %s "$parts/boot.vfat")" "$folder/good.vfat"
mkfs.vfat -F 32 -s 1 -n BOOT "$folder/good.vfat" >/dev/null
# The image begins with the small ones.
(cd "$folder/boot" && mcopy -i ../good.vfat vmlinuz initrd.img cmdline.txt boot.env ::)

printf '#!/bin/sh\nexit 1\n' >"$root/usr/bin/portierd"
pack "$folder/broken.squashfs"
rm -r "$root" "${folder:?}/boot"
