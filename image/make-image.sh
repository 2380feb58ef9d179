#!/bin/bash
# Inside the chroot that tools/image.sh made: one board's image and its parts, from what make-base.sh made.
#
#   make-image.sh BOARD PACKAGE BASE FOLDER      to FOLDER/portier-BOARD.img and FOLDER/portier-BOARD/
#
# Nothing of arm64 runs for it. Times come from SOURCE_DATE_EPOCH, the build's name from PORTIER_BUILD; the same of both, of base,
# package and this folder give the same bytes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
board=$1 package=$2 base=$3 folder=$4
settings=$here/../board/$board/image
export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8 TZ=UTC
umask 022

say() { printf 'image: %s\n' "$*" >&2; }
die() { say "$*" && exit 1; }

# In MiB: image/README.md has the table.
card_at=4 card_size=64
boot_a_at=68 boot_b_at=148 boot_size=80
root_a_at=229 root_b_at=470 root_size=240
data_at=711 data_size=256
disk=0x706f7274

suite=$(cat "$settings/kernel" 2>/dev/null || echo trixie)
debs=$base/debs-$suite
out=$folder/portier-$board
work=$base/work-$board
root=$work/root
rm -rf "$work" "$out" "$folder/portier-$board".*
mkdir -p "$root" "$out"

# Unpacks the package file $1 to the folder $2, and notes it for the manifest.
unpack() {
    dpkg-deb -x "$1" "$2"
    echo "$1" >>"$out/packages.unpacked"
}

# --- The root file system ---
tar -xf "$base/root.tar" -C "$root"

installed=$(sed -n 's/^Package: //p' "$root/var/lib/dpkg/status")
for name in $(dpkg-deb --field "$package" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g'); do
    grep -qx "$name" <<<"$installed" || die "Portier's package depends on $name, which image/packages does not have"
done
unpack "$package" "$root"

kernel=$work/kernel
mkdir "$kernel"
for file in "$debs"/linux-*.deb; do unpack "$file" "$kernel"; done
modules=$(dirname "$kernel"/usr/lib/modules/*/kernel)
release=$(basename "$modules")

# Those that image/modules names, and those that they need.
ln -s usr/lib "$kernel/lib"
depmod -b "$kernel" "$release"
kept=$root/usr/lib/modules/$release
mkdir -p "$kept"
cp "$modules"/modules.{builtin,builtin.modinfo,order} "$kept/"
(
    cd "$modules"
    # modules.dep says of each what it needs, after a colon.
    sed 's/#.*//; /^ *$/d' "$here/modules" | sed 's/^/^/' >"$work/patterns"
    grep -E -f "$work/patterns" modules.dep | tr -d : | tr ' ' '\n' | sort -u | sed '/^$/d' >"$work/kept"
    xargs -a "$work/kept" cp --parents -t "$kept"
)
[ "$board" = virt ] || install -D -m 644 "$(dirname "$package")/portier_tryboot.ko" "$kept/extra/portier_tryboot.ko"
depmod -b "$root" "$release"

if [ "$board" != virt ]; then
    firmware=$work/firmware
    unpack "$(echo "$debs"/firmware-brcm80211_*.deb)" "$firmware"
    unpack "$(echo "$debs"/raspi-firmware_*.deb)" "$firmware"
    mkdir -p "$root/usr/lib/firmware"
    # Those of the Pis' own radios; some names have spaces.
    (
        cd "$firmware/usr/lib/firmware"
        find . \( -name '*fmac43430-sdio*' -o -name '*fmac43436*' -o -name '*fmac43455-sdio*' -o -name '*fmac43456-sdio*' \) -print0 |
            xargs -0 cp -a --parents -t "$root/usr/lib/firmware"
    )
fi

for overlay in "$here/root" "$settings/root"; do
    [ ! -d "$overlay" ] || cp -r --no-dereference --preserve=mode,links "$overlay/." "$root/"
done
echo "$PORTIER_BUILD $board $release" >"$root/usr/lib/portier/build"
printf 'IMAGE_ID=portier-%s\nIMAGE_VERSION=%s\n' "$board" "${PORTIER_BUILD%% *}" >>"$root/usr/lib/os-release"
touch "$root/usr/lib/clock-epoch"

# Whose bundles this board takes.
install -D -m 644 "$(dirname "$package")/keyring.pem" "$root/etc/rauc/keyring.pem"
systemd-sysusers --root="$root" >"$work/sysusers.log" 2>&1 || { cat "$work/sysusers.log" >&2 && die "the users cannot be made"; }
rm -f "$root"/etc/systemd/system/*.wants/* "$root"/etc/systemd/system/*.service
systemctl --quiet --root="$root" preset-all
# Nobody logs in at a console or waits for a network, and what prepares a root file system after an update has nothing to write.
systemctl --quiet --root="$root" mask getty.target serial-getty@.service autovt@.service systemd-networkd-wait-online.service \
    systemd-journal-catalog-update.service systemd-update-done.service systemd-hwdb-update.service ldconfig.service \
    systemd-logind.service e2scrub_reap.service
rm -f "$root/usr/share/dbus-1/system-services/org.freedesktop.login1.service"
# SSH by our own unit or not at all: no sockets that a generator makes.
mkdir -p "$root/etc/systemd/system-generators"
ln -s /dev/null "$root/etc/systemd/system-generators/systemd-ssh-generator"
ln -s /dev/null "$root/etc/tmpfiles.d/provision.conf"
# Mixers are set by portierd; what ALSA would restore is not kept.
rm -f "$root/usr/lib/udev/rules.d/90-alsa-restore.rules"
mkdir -p "$root/etc/default" && : >"$root/etc/default/locale"
systemctl --quiet --root="$root" set-default multi-user.target
ln -sfn /run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
: >"$root/etc/machine-id"
rm -rf "$root"/etc/ssh/ssh_host_* "$root"/etc/apt "$root"/etc/dpkg "$root"/etc/cron.* "$root"/etc/init.d "$root"/etc/*-
# Nobody has a password, and none is so old that it would have to be changed.
sed -i -E "s/^([^:]*:[^:]*):[^:]*:/\1:$((SOURCE_DATE_EPOCH / 86400)):/; s/^root:[^:]*:/root:*:/" "$root/etc/shadow"
# The list of packages becomes the manifest, and does not run.
cp "$root/var/lib/dpkg/status" "$out/packages.status"
# Packages cannot be installed on a root that cannot be written: neither can their tools be used.
rm -rf "$root"/usr/bin/{dpkg,apt,debconf,perl,update-alternatives,deb-system}* "$root"/usr/lib/{dpkg,apt} "$root"/usr/lib/*/perl* "$root"/usr/share/{dpkg,debconf,perl*,keyrings} \
    "$root"/usr/share/{bash-completion,zsh,fish,lintian,bug,doc-base,man,info,locale,gcc,gdb,initramfs-tools,pixmaps,menu,applications} \
    "$root"/usr/lib/udev/hwdb.{d,bin} "${root:?}"/{boot,media,mnt,opt,srv,home,var,tmp,run}/* "$root/root/".??*
find "$root/usr/share/doc" -mindepth 1 -not -type d -not -name copyright -delete
find "$root/usr/share/doc" -mindepth 1 -type d -empty -delete
mkdir -p "$root"/{data,var,etc/portier}
find "$root" -xdev -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

env -u SOURCE_DATE_EPOCH mksquashfs "$root" "$out/root.squashfs" -quiet -no-progress -noappend -comp zstd -Xcompression-level 15 -b 256K -no-xattrs \
    -all-time "$SOURCE_DATE_EPOCH" -mkfs-time "$SOURCE_DATE_EPOCH"

# --- The initrd: busybox, the modules that find a card, and our init ---
initrd=$work/initrd
mkdir -p "$initrd"/{bin,dev,proc,sys,run,root,usr/lib/modules/"$release"}
ln -s usr/lib "$initrd/lib"
unpack "$(echo "$debs"/busybox-static_*.deb)" "$work/busybox"
cp "$work/busybox/usr/bin/busybox" "$initrd/bin/"
install -m 755 "$here/initrd/init" "$initrd/init"
cp "$root/usr/lib/portier/build" "$initrd/build"
(
    cd "$kept"
    grep -E -f <(sed 's/#.*//; /^ *$/d; s/^/^/' "$here/initrd/modules") modules.dep | tr -d : | tr ' ' '\n' | sort -u | sed '/^$/d' |
        xargs cp --parents -t "$initrd/usr/lib/modules/$release"
    cp modules.{builtin,builtin.modinfo,order} "$initrd/usr/lib/modules/$release"
)
find "$initrd" -name '*.ko.xz' -exec xz -d {} +
depmod -b "$initrd" "$release"
find "$initrd" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
(cd "$initrd" && find . -print0 | sort -z | cpio --quiet --reproducible --null -o -H newc -R 0:0) | zstd -q -19 >"$out/initrd.img"

# In /boot up to Linux 6.12, beside the modules later.
find "$kernel/boot" "$modules" -maxdepth 1 -name 'vmlinuz*' -exec cp {} "$out/vmlinuz" \; 2>/dev/null || true
[ -s "$out/vmlinuz" ] || die "there is no kernel"
cp "$settings/boot/cmdline.txt" "$out/cmdline.txt"

# --- FAT partitions ---
# Makes the FAT file system $1 of $2 MiB, labelled $3, from the folder $4.
fat() {
    local id
    id=$(printf '%s %s' "$3" "$board" | sha256sum | cut -c 1-8)
    find "$4" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    rm -f "$1"
    truncate -s "$2M" "$1"
    mkfs.vfat --invariant -F 32 -s 1 -n "$3" -i "$id" "$1" >/dev/null
    (cd "$4" && mcopy -s -m -i "$1" -- * ::/)
}
boot=$work/boot
mkdir "$boot"
cp "$out/vmlinuz" "$out/initrd.img" "$boot"
cp -r "$settings/boot/." "$boot"
# What runs before the kernel, and the device trees that it chooses from by their names.
case $board in
pi3 | zero2w) starts="bootcode.bin start.elf fixup.dat" trees='bcm2837-rpi-*' ;;
pi4) starts="start4.elf fixup4.dat" trees='bcm2711-rpi-*' ;;
pi5) starts="" trees='bcm2712-*rpi-*' ;;
*) starts="" trees="" ;;
esac
for name in $starts; do cp "$firmware/usr/lib/raspi-firmware/$name" "$boot/"; done
[ -z "$trees" ] || find "$kernel/usr/lib" -path "*/broadcom/$trees.dtb" -exec cp -t "$boot" {} +
# The firmware's own name for the second stepping of the Pi 5.
[ ! -e "$boot/bcm2712-d-rpi-5-b.dtb" ] || cp "$boot/bcm2712-d-rpi-5-b.dtb" "$boot/bcm2712d0-rpi-5-b.dtb"
mkdir -p "$boot/overlays"
cat "$boot"/*.txt | sed -nE 's/^dtoverlay=([a-z0-9-]+).*/\1/p' | while read -r name; do
    dtc -q -@ -I dts -O dtb -o "$boot/overlays/$name.dtbo" "$here/../board/overlays/$name.dts"
done
rmdir --ignore-fail-on-non-empty "$boot/overlays"
if [ "$board" = virt ]; then
    # U-Boot reads variables, not lines.
    printf 'bootargs=%s\n' "$(cat "$boot/cmdline.txt")" >"$boot/boot.env"
fi
fat "$out/boot.vfat" $boot_size BOOT "$boot"

card=$work/card
mkdir "$card"
cp "$here/card/README.txt" "$card/"
example=$here/../board/$board/portier.toml
[ -e "$example" ] || example=$root/usr/share/portier/portier.toml
cp "$example" "$card/example.toml"
if [ "$board" = virt ]; then
    mkimage -A arm64 -O linux -T script -C none -n 'Portier' -d "$here/card/boot.cmd" "$card/boot.scr" >/dev/null
    cp /usr/lib/u-boot/qemu_arm64/u-boot.bin "$out/"
else
    cp "$here/card/autoboot.txt" "$card/"
    # Without a config.txt the first partition is not looked at on some boards; it may be empty, since slots have their own.
    printf '# Portier: see config.txt of the partition that autoboot.txt names.\r\n' >"$card/config.txt"
    # A Pi 3 starts from its memory, which knows the first partition only.
    case $starts in bootcode.bin*) cp "$boot/bootcode.bin" "$card/" ;; esac
fi
fat "$out/card.vfat" $card_size PORTIER "$card"

# --- The data partition, and the whole card ---
uuid=$(printf 'data %s' "$board" | sha256sum | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/')
truncate -s "${data_size}M" "$out/data.ext4"
# A ruined orphan file is made anew by e2fsck so that the kernel does not mount it (1.47.2); nobody here needs its speed.
mke2fs -q -t ext4 -O ^orphan_file -L data -U "$uuid" -E "hash_seed=$uuid,lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0" -m 1 "$out/data.ext4"

image=$folder/portier-$board.img
truncate -s $((data_at + data_size))M "$image"
sfdisk --quiet "$image" <<TABLE
label: dos
label-id: $disk
unit: sectors
1: start=$((card_at * 2048)), size=$((card_size * 2048)), type=c, bootable
2: start=$((boot_a_at * 2048)), size=$((boot_size * 2048)), type=c
3: start=$((boot_b_at * 2048)), size=$((boot_size * 2048)), type=c
4: start=$(((root_a_at - 1) * 2048)), size=$(((data_at + data_size - root_a_at + 1) * 2048)), type=f
5: start=$((root_a_at * 2048)), size=$((root_size * 2048)), type=83
6: start=$((root_b_at * 2048)), size=$((root_size * 2048)), type=83
7: start=$((data_at * 2048)), size=$((data_size * 2048)), type=83
TABLE
# Puts the file $1 at $2 MiB; zeros stay holes.
put() { dd if="$1" of="$image" bs=1M seek="$2" conv=notrunc,sparse status=none; }
put "$out/card.vfat" $card_at
put "$out/boot.vfat" $boot_a_at
put "$out/root.squashfs" $root_a_at
put "$out/data.ext4" $data_at
rm -rf "$work"

[ "$(stat -c %s "$out/root.squashfs")" -le $((root_size << 20)) ] || die "the root file system is larger than its partition"
