#!/bin/bash
# Makes what a guest boots from: the kernel that ships and an initramfs with our programs in it.
#
#   tools/guest.sh PROGRAMS FOLDER      from the programs in PROGRAMS to FOLDER/vmlinux and FOLDER/initramfs.cpio
#
# The kernel, its modules and gpio-sim come from Debian 13, in a chroot that is made once; our programs, ALSA's and the
# libraries of both are this system's.
set -euo pipefail
if [ $# != 2 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
programs=$1 folder=$2
here=$(cd "$(dirname "$0")" && pwd)

chroot=$("$here/chroot.sh" guest trixie linux-image-amd64 linux-headers-amd64 linux-source-6.12 libc6-dev \
    busybox-static kmod make xz-utils zstd binutils)
made=$chroot$("$here/inside.sh" "$chroot" "$here/../Interop/guest" /bin/bash /peer/make.sh /made)

root=$folder/root
rm -rf "$folder"
mkdir -p "$folder"
cp -r "$made/root" "$root"
cp "$made/vmlinux" "$folder/vmlinux"
install -m 755 "$here/../Interop/guest/init" "$root/init"
install -m 644 "$here/../Interop/guest/lines.sh" "$root/lines.sh"
mkdir -p "$root"/{bin,dev,host,proc,run,sys,tmp,usr/share,etc}
cp -r /usr/share/alsa "$root/usr/share/"
own=("$programs/portierd" "$programs/portier" "$(command -v aplay)" "$(command -v arecord)")
cp -L "${own[@]}" "$root/bin/"
strip "$root"/bin/portier{,d}
# The loader is named without an arrow, every library behind one.
ldd "${own[@]}" | sed -nE 's/^.* => (\/[^ ]+) .*$/\1/p; s/^\t(\/[^ ]+) \(.*$/\1/p' | sort -u | xargs cp -L --parents -t "$root"
(cd "$root" && find . | cpio --quiet -o -H newc) >"$folder/initramfs.cpio"
rm -rf "$root"
