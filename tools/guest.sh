#!/bin/bash
# Makes what a guest boots from: the kernel that ships and an initramfs with what the package brings.
#
#   tools/guest.sh FOLDER [PACKAGE]      FOLDER/vmlinux and FOLDER/initramfs.cpio; PACKAGE is what `make deb` has left, unless said
#
# The kernel, its modules and gpio-sim come from Debian 13, in a chroot that is made once; ALSA's programs and the libraries of
# all programs are this system's.
set -euo pipefail
if [ $# != 1 ] && [ $# != 2 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
package=${2:-$(echo "$here"/../.build/deb/portier_*_amd64.deb)}
# Before anything is taken away.
die() { printf 'guest: %s\n' "$*" >&2 && exit 1; }
[ ! -e "$folder" ] || [ -d "$folder" ] || die "$folder is no folder"
[ -f "$package" ] || die "there is no package $package: make deb"

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
dpkg-deb --extract "$package" "$root"
cp -L "$(command -v aplay)" "$(command -v arecord)" "$root/bin/"
# The loader is named without an arrow, every library behind one.
needed=$(ldd "$root"/usr/bin/portierd "$root"/bin/a{play,record})
if missing=$(grep 'not found' <<<"$needed"); then
    printf 'guest: this system is not the one that %s was built for; it lacks\n%s\n' "$package" "$missing" >&2
    exit 1
fi
sed -nE 's/^.* => (\/[^ ]+) .*$/\1/p; s/^\t(\/[^ ]+) \(.*$/\1/p' <<<"$needed" | sort -u | xargs cp -L --parents -t "$root"
(cd "$root" && find . | cpio --quiet -o -H newc) >"$folder/initramfs.cpio"
rm -rf "$root"
