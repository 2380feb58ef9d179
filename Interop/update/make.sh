#!/bin/bash
# Inside the chroot of tools/test-update.sh: a small image for x86-64 with the image's own slots, units and initrd, and bundles.
#
#   make.sh FOLDER      FOLDER/disk.img, and FOLDER/NAME.raucb for each name below
#
# Its portierd is a script (portierd), which runs, fails or proves itself as the kernel's command line says.
set -euo pipefail
cd /peer
folder=$1
release=$(basename /lib/modules/*-amd64)
rm -rf "$folder"
mkdir -p "$folder"/{initrd,parts,keys,uboot}

aarch64-linux-gnu-as Interop/update/poweroff.s -o "$folder/parts/poweroff.o"
aarch64-linux-gnu-objcopy -O binary "$folder/parts/poweroff.o" "$folder/uboot/poweroff.img"
mkimage -A arm64 -O linux -T script -C none -n Portier -d image/card/boot.cmd "$folder/uboot/boot.scr" >/dev/null
cp /usr/lib/u-boot/qemu_arm64/u-boot.bin "$folder/uboot/"

# The root file system: this chroot's own files, the image's, and ours.
mount -t tmpfs tmpfs /mnt
mkdir /mnt/{upper,work,root}
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
root=/mnt/root
cp -r image/root/. $root/
install -D -m 644 systemd/portier.sysusers $root/usr/lib/sysusers.d/portier.conf
install -D -m 644 systemd/portier.tmpfiles $root/usr/lib/tmpfiles.d/portier.conf
# Of a package that this chroot does not have; the data partition has a folder of it.
echo 'u systemd-timesync -' >$root/usr/lib/sysusers.d/rig.conf
systemd-sysusers --root=$root 2>/dev/null
install -m 755 Interop/update/portierd $root/usr/bin/portierd
ln -sf portierd $root/usr/bin/portier
[ ! -e $root/usr/lib/portier/card ] || echo '#!/bin/true' >$root/usr/lib/portier/card
# The Pi's side of the same script, for a firmware that is two files.
sed 's,^firmware=.*,firmware=/run/firmware,; s,^tryboot=.*,tryboot=/run/tryboot,' image/root/usr/lib/portier/slots >$root/usr/lib/portier/slots-pi
chmod 755 $root/usr/lib/portier/slots-pi
install -m 755 Interop/update/rig $root/usr/lib/portier/rig
install -m 644 Interop/update/rig.service systemd/portierd.service $root/usr/lib/systemd/system/
install -D -m 644 Interop/update/portierd.conf $root/usr/lib/systemd/system/portierd.service.d/rig.conf
install -D -m 644 systemd/portier.toml $root/usr/share/portier/portier.toml
echo "1 rig $release" >$root/usr/lib/portier/build
printf 'IMAGE_ID=portier-rig\n' >>$root/usr/lib/os-release
mkdir -p $root/data $root/etc/portier $root/etc/rauc
: >$root/etc/machine-id
for whose in ours theirs; do tools/keys.sh "$folder/keys/$whose" >/dev/null; done
cp "$folder/keys/ours/ca.cert.pem" $root/etc/rauc/keyring.pem
systemctl --root=$root preset-all 2>/dev/null
systemctl --root=$root enable rig.service portierd.service 2>/dev/null
systemctl --root=$root mask getty@tty1.service serial-getty@ttyS0.service systemd-networkd.service \
    systemd-journal-catalog-update.service systemd-update-done.service systemd-hwdb-update.service ldconfig.service systemd-logind.service 2>/dev/null
mkdir -p $root/lib/modules-kept
modules='virtio_pci virtio_blk squashfs loop dm_mod dm_verity ext4 vfat nls_ascii nls_cp437 nls_utf8'
mkdir -p "$folder/initrd/lib/modules/$release"
for name in $modules; do
    modprobe -S "$release" --show-depends "$name" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | sort -u | while read -r file; do
    install -D "$file" "$folder/initrd$file"
done
[ ! -e "$folder/initrd/usr/lib/modules" ] || { mv "$folder/initrd/usr/lib/modules/"* "$folder/initrd/lib/modules/" && rm -r "$folder/initrd/usr"; }
cp "/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$folder/initrd/lib/modules/$release/"
depmod -b "$folder/initrd" "$release"
rm -rf $root/usr/lib/modules/* $root/lib/modules-kept
cp -r "$folder/initrd/lib/modules/$release" $root/usr/lib/modules/
(
    cd $root
    mksquashfs . "$folder/parts/root.squashfs" -quiet -no-progress -noappend -comp zstd -Xcompression-level 1 -wildcards -e \
        'boot/*' 'dev/*' 'proc/*' 'sys/*' 'run/*' 'tmp/*' 'mnt/*' 'var/*' 'peer/*' update 'usr/lib/u-boot' 'usr/share/locale' \
        'usr/share/doc' 'usr/lib/x86_64-linux-gnu/perl*' 'usr/share/perl*' 'usr/bin/aarch64*' 'usr/aarch64*' 'usr/src' 'usr/include'
)

# A boot partition: kernel, initrd and command line, which makes the difference between good and bad versions.
cp -r image/initrd/init "$folder/initrd/init"
mkdir -p "$folder"/initrd/{bin,dev,proc,sys,run,root}
cp /bin/busybox "$folder/initrd/bin/busybox"
cp $root/usr/lib/portier/build "$folder/initrd/build"
(cd "$folder/initrd" && find . | cpio --quiet -o -H newc) >"$folder/parts/initrd.img"
boot() {
    local file=$folder/parts/boot-$1.vfat
    truncate -s 32M "$file"
    mkfs.vfat -n BOOT "$file" >/dev/null
    printf '%s\n' "console=ttyS0 panic=1 quiet loglevel=4 systemd.journald.forward_to_console=1 systemd.journald.max_level_console=info \
systemd.show_status=no rig.version=$2" >"$folder/parts/cmdline.txt"
    mcopy -i "$file" "/boot/vmlinuz-$release" ::vmlinuz
    mcopy -i "$file" "$folder/parts/initrd.img" "$folder/parts/cmdline.txt" ::
}
# NAME VERSION BOOT KEYS BOARD
bundle() {
    PORTIER_BUNDLES=yes PORTIER_KEYS=$folder/keys/$4 tools/bundle.sh "$5" "$2" "$folder/parts/boot-$3.vfat" \
        "$folder/parts/root.squashfs" "$folder/$1.raucb"
}
boot first 1
boot good 2
boot failing '3 rig.failing'
boot unproved '4 rig.unproved'
boot panicking '5 rdinit=/none'
bundle good 2 good ours rig
bundle failing 3 failing ours rig
bundle unproved 4 unproved ours rig
bundle panicking 5 panicking ours rig
bundle theirs 6 good theirs rig
bundle foreign 7 good ours pi4
head -c 3000000 "$folder/good.raucb" >"$folder/cut.raucb"
head -c 3000000 /dev/urandom >"$folder/noise.raucb"
# Behind a bundle's contents are its signature and how long that is.
signature=$(tail -c 8 "$folder/good.raucb" | od -An -tu8 --endian=big)
head -c -$((signature + 8)) "$folder/good.raucb" >"$folder/unsigned.raucb"
# What an image has at flashing: slot A, and the data partition.
disk=$folder/disk.img
truncate -s 704M "$disk"
sfdisk --quiet "$disk" <<'TABLE'
label: dos
label-id: 0x706f7274
unit: sectors
start=8192, size=131072, type=c, bootable
start=139264, size=65536, type=c
start=204800, size=65536, type=c
start=270336, type=5
start=272384, size=307200, type=83
start=581632, size=307200, type=83
start=890880, size=524288, type=83
TABLE
mkfs.vfat --offset 8192 -F 32 -s 1 -n PORTIER "$disk" 65536 >/dev/null
printf '[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=3\n' | mcopy -i "$disk@@4M" - ::autoboot.txt
dd if="$folder/parts/boot-first.vfat" of="$disk" seek=139264 conv=notrunc,sparse status=none
dd if="$folder/parts/root.squashfs" of="$disk" seek=272384 conv=notrunc,sparse status=none
mke2fs -q -t ext4 -O ^orphan_file -L data -E offset=$((890880 * 512)) "$disk" 262144k
