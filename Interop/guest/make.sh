#!/bin/bash
# Inside a Debian 13 with the kernel that ships and its source: vmlinux, and root with modules, busybox and our programs.
#
#   make.sh FOLDER      prints the folder in FOLDER that they are in, one for each version of what is here
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"

release=$(basename /lib/modules/*-amd64)
version "$1" "$release" "$0" "$here"/{versions.sh,gpio-sim.sh,*.[ch]}
mkdir -p "$folder"/root/{bin,modules}

# An ELF file is entered directly (PVH), without the real-mode code and unpacking that take an emulator seconds.
tar --transform='s,.*/,,' -C "$folder" -xJf /usr/src/linux-source-6.12.tar.xz linux-source-6.12/scripts/extract-vmlinux
bash "$folder/extract-vmlinux" "/boot/vmlinuz-$release" >"$folder/vmlinux"
"$here/gpio-sim.sh" "$release" "$folder/gpio-sim"

# In the order in which they are loaded.
{
    for name in virtio_pci virtio_net virtio_console 9pnet_virtio 9p snd-aloop; do
        modprobe -S "$release" --show-depends "$name" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
    done
    modprobe -S "$release" --show-depends configfs | sed -n 's/^insmod \([^ ]*\).*/\1/p'
    echo "$folder/gpio-sim/irq_sim.ko"
    echo "$folder/gpio-sim/gpio-sim.ko"
} | awk '!seen[$0]++' | while read -r file; do
    name=$(basename "$file" .xz)
    case $file in
    *.xz) xz -dc "$file" >"$folder/root/modules/$name" ;;
    *) cp "$file" "$folder/root/modules/$name" ;;
    esac
    echo "$name" >>"$folder/root/modules/order"
done
strip --strip-debug "$folder"/root/modules/*.ko

cp "$(command -v busybox)" "$folder/root/bin/busybox"
# The headers bring the compiler that the kernel was built with, by its full name only.
compiler=$(find /usr/bin -name 'gcc-[0-9]*' | head -n 1)
for program in press registrar; do
    "$compiler" -O2 -Wall -Werror -static -o "$folder/root/bin/$program" "$here/$program.c"
done
finish
