#!/bin/bash
# Updates a small image in an emulator, whole, broken and cut off, and says what became of it.
#
#   tools/test-update.sh             all of the steps below, on a new image
#   tools/test-update.sh STEP...     some of them, on the disk as the last ones left it; "image" makes a new one
#
# The image is made for x86-64, so that it boots in seconds: Debian 13's kernel, systemd and RAUC, the files of image/ and a
# portierd that is a script. Its boot loader is this script, by the rules of image/card/boot.cmd, and U-Boot is tried by itself.
set -euo pipefail
cd "$(dirname "$0")/.."
RANDOM=${SEED:-1}
# How often the power fails, at moments that the seed chooses.
cuts=${CUTS:-12}

say() { printf 'test-update: %s\n' "$*" >&2; }
die() { say "FAILED: $*; the console is $work/console" && exit 1; }

tools/need.sh mmdebstrap qemu-system-x86 qemu-system-arm mtools dosfstools fdisk python3 xxd
chroot=$(tools/chroot.sh update trixie linux-image-amd64 systemd-sysv dbus kmod udev fdisk rauc rauc-service e2fsprogs dosfstools mtools \
    squashfs-tools openssl busybox-static cpio zstd u-boot-qemu u-boot-tools binutils-aarch64-linux-gnu)
as_root=()
if [ "$(id -u)" != 0 ]; then as_root=(sudo -n); fi
work=$PWD/.build/update
disk=$work/disk.img
mkdir -p "$work"

image() {
    tools/inside.sh "$chroot" "$PWD" /bin/bash /peer/Interop/update/make.sh /update
    rm -rf "${work:?}"/*
    : >"$console"
    mkdir -p "$work"
    "${as_root[@]}" cp --sparse=always "$chroot"/update/*.{img,raucb} "$chroot"/update/uboot/* \
        "$chroot"/update/parts/{root.squashfs,boot-first.vfat,boot-good.vfat} "$work"
    "${as_root[@]}" chown -R "$(id -u):$(id -g)" "$work"
    "${as_root[@]}" rm -rf "$chroot/update"
}

# The disk's state: DEFAULT TRIAL, as boot.cmd reads it.
state() {
    local sector words
    for sector in 2048 4096; do
        dd if="$disk" of="$work/sector" skip=$sector bs=512 count=1 status=none
        [ "$(head -c 4 "$work/sector" | xxd -p)" = "$(tail -c +5 "$work/sector" | gzip -c | tail -c 8 | head -c 4 | xxd -p)" ] || continue
        words=$(tail -c +5 "$work/sector" | tr '\0' ' ' | sed -nE 's/^default=([23]) trial=([023]) .*/\1 \2/p')
        [ -z "$words" ] || { echo "$words" && return; }
    done
    echo 2 0
}
forget_trial() {
    local sector
    {
        printf 'default=%d\0trial=0\0' "$1"
        head -c 512 /dev/zero
    } | head -c 508 >"$work/sector"
    { gzip -c "$work/sector" | tail -c 8 | head -c 4 && cat "$work/sector"; } >"$work/sector.new"
    for sector in 4096 2048; do dd if="$work/sector.new" of="$disk" seek=$sector bs=512 conv=notrunc status=none; done
}

guest='' console=$work/console marker=0 record=''
: >>"$console"
trap '[ -z "$guest" ] || kill "$guest"' EXIT
# Loads a slot as a boot loader would, and starts it with these further words on the kernel's command line.
start() {
    local default trial number slot more=$1 at file drive=()
    read -r default trial <<<"$(state)"
    number=$default
    if [ "$trial" != 0 ]; then
        forget_trial "$default"
        number=$trial
    fi
    if [ "$number" = 3 ]; then slot=B at=104857600; else slot=A at=71303168; fi
    for file in vmlinuz initrd.img cmdline.txt; do
        mcopy -n -o -i "$disk@@$at" ::$file "$work/$file" || die "slot $slot has no $file"
    done
    for file in "${@:2}"; do drive+=(-drive "file=$work/$file.raucb,if=virtio,format=raw,readonly=on"); done
    printf '\n=== slot %s %s\n' "$slot" "$more" >>"$console"
    if [ -n "$record" ]; then
        cp --sparse=always "$disk" "$work/base.img"
        : >"$record"
        # shellcheck disable=SC2054  # commas of QEMU
        drive=(-blockdev "driver=blklogwrites,node-name=disk,file.driver=file,file.filename=$disk,log.driver=file,log.filename=$record"
            -device virtio-blk-pci,drive=disk "${drive[@]}")
    else
        drive=(-drive "file=$disk,if=virtio,format=raw" "${drive[@]}")
    fi
    # One processor: with several, QEMU's translation and the kernel's patching of itself can meet.
    qemu-system-x86_64 -M q35 -accel tcg -cpu max -smp 1 -m 768 -nodefaults -no-reboot -display none \
        -chardev "file,id=console,path=$console,append=on" -serial chardev:console "${drive[@]}" \
        -kernel "$work/vmlinuz" -initrd "$work/initrd.img" -append "$(cat "$work/cmdline.txt") portier.slot=$slot $more" 2>"$work/qemu" &
    guest=$!
}
# The power fails, or the board is found off.
off() {
    kill "$guest" 2>/dev/null || true
    wait "$guest" 2>/dev/null || true
    guest=
}
# Starts the board again and again, until it says PATTERN; at most SECONDS for all of it: emulators share their machine.
until_said() {
    local pattern=$1 end=$((SECONDS + ${2:-600}))
    until tail -c +$((marker + 1)) "$console" | grep -aqE "$pattern"; do
        [ $SECONDS -lt $end ] || die "it never said '$pattern'"
        if ! kill -0 "$guest" 2>/dev/null; then
            off
            start ''
        fi
        sleep 0.2
    done
}
mark() { marker=$(stat -c %s "$console"); }
# In one run: BUNDLES are dropped, and then PATTERN has to be said.
drop() {
    local pattern=$1 name list='' letter=b
    for name in "${@:2}"; do
        list+=${list:+,}$name:vd$letter:$(stat -c %s "$work/$name.raucb")
        letter=$(tr b-y c-z <<<"$letter")
    done
    mark
    start "rig.drop=$list" "${@:2}"
    until_said "$pattern"
}
expect_verdict() {
    tail -c +$((marker + 1)) "$console" | grep -aqE "RIG verdict $1: $2" || die "no verdict '$1: $2'"
    say "  $(tail -c +$((marker + 1)) "$console" | grep -aoE "RIG verdict $1: .*" | tail -n 1 | cut -c 13- | tr -d '\r')"
}

# What a boot loader finds after each write of the run that ends here: how it reads, and the states that it went through.
judge() {
    off
    python3 Interop/update/cuts.py "$1" "$record" "$work/base.img" "${@:2}" >"$work/cuts" 2>&1 ||
        { cat "$work/cuts" >&2 && die "the power must not fail at some point"; }
    say "  $(cat "$work/cuts")"
}

uboot() {
    say "U-Boot chooses a slot"
    Interop/update/uboot "$work"
}

first() {
    say "first boot"
    mark
    start ''
    until_said 'RIG up slot=A primary=A other=bad version=1 trial=no'
    off
}

refused() {
    say "what is not ours is refused, and changes nothing"
    drop 'Finished portier-update.service' theirs unsigned cut foreign noise
    off
    mark
    start ''
    until_said 'RIG up slot=A primary=A other=.* version=1 trial=no'
    off
    expect_verdict theirs.rejected "not signed with a key that this board trusts"
    expect_verdict foreign.rejected "made for another board"
    expect_verdict unsigned.rejected "not signed at all"
    expect_verdict cut.rejected "not whole: it ends before its contents do"
    expect_verdict noise.rejected "not a bundle"
}

update() {
    say "an update, with every write recorded"
    record=$work/writes
    drop 'reboot: ' good
    judge uboot A/- A/B
    mark
    start ''
    until_said 'RIG up slot=B primary=B other=good version=2 trial=no'
    judge uboot A/- B/-
    record=
    mark
    start ''
    until_said 'RIG up slot=B'
    off
    expect_verdict good.applied "version 2 runs in slot B"
}

pi() {
    say "the same for a Pi's autoboot.txt"
    record=$work/writes
    mark
    start rig.pi=yes
    until_said pi-done
    judge pi A B A
    record=
    tail -c +$((marker + 1)) "$console" | grep -a 'RIG pi: ' | tr -d '\r' >"$work/pi"
    diff "$work/pi" Interop/update/pi.expected >&2 || die "a Pi's slots"
}

fallback() {
    say "portierd fails for good: the former version, once; if it fails there, too, no further"
    mark
    start rig.failing=B
    until_said 'RIG up slot=A primary=A other=good version=1 trial=no'
    off
    mark
    start rig.failing=AB
    until_said 'portierd cannot run in slot A: slot B is tried'
    until_said 'RIG up slot=A'
    until_said 'there is no other slot to go to'
    off
    mark
    start rig.failing=-
    until_said 'RIG failing'
    off
}

failing() {
    say "updates that fail lead back, and say why"
    for case in "failing:version 3 .*portierd failed again and again" "unproved:version 4 .*not confirmed: account pbx is failed" \
        "panicking:version 5 has not proved itself"; do
        name=${case%%:*}
        drop 'RIG dropping' "$name"
        mark
        until_said "RIG verdict $name.rejected"
        until_said 'RIG up slot=A primary=A .*version=1 trial=no'
        off
        expect_verdict "$name.rejected" "${case#*:}"
    done
}

# Is the default slot whole, of the first version or the second?
expect_whole() {
    local default boot=139264 root=272384 version
    read -r default _ <<<"$(state)"
    if [ "$default" = 3 ]; then boot=204800 root=581632; fi
    cmp -s -i $((root * 512)):0 -n "$(stat -c %s "$work/root.squashfs")" "$disk" "$work/root.squashfs" || die "slot $default has no whole root"
    for version in first good; do
        if cmp -s -i $((boot * 512)):0 -n "$(stat -c %s "$work/boot-$version.vfat")" "$disk" "$work/boot-$version.vfat"; then return; fi
    done
    die "slot $default has no whole boot partition"
}

# A moment in the life of an update, by what the console says, and up to ten seconds more.
moments=("=== slot" "Data partition" "RIG dropping" "installing good" "good.raucb is installed" "reboot: " "has [0-9]+s to prove itself" "has proved itself")
cuts() {
    local cut moment tenths
    say "the power fails $cuts times"
    for ((cut = 1; cut <= cuts; cut++)); do
        moment=${moments[RANDOM % ${#moments[@]}]} tenths=$((RANDOM % 100))
        mark
        # Wherever the last cut has left it: dropped anew, unless that is there still.
        start "rig.drop=good:vdb:$(stat -c %s "$work/good.raucb")" good
        until_said "$moment"
        for (( ; tenths > 0; tenths--)); do
            if ! kill -0 "$guest" 2>/dev/null; then
                off
                start ''
            fi
            sleep 0.1
        done
        off
        expect_whole
        say "  cut $cut after '$moment': state $(state)," "$(tail -c +$((marker + 1)) "$console" | tr -d '\r' |
            grep -aoE '=== slot [AB]|RIG (up slot=.|dropping)|installing good|is installed|has proved itself' | tr '\n' ';')"
    done
    drop "has proved itself" good
    off
    mark
    start ''
    until_said 'RIG up '
    off
    expect_verdict good.applied "version 2 runs"
}

if [ $# = 0 ]; then set -- image uboot first refused update pi fallback failing cuts; fi
for step in "$@"; do
    case $step in
    image | uboot | first | refused | update | pi | fallback | failing | cuts) "$step" ;;
    *) die "there is no step '$step'" ;;
    esac
done
say "passed in $SECONDS s"
