#!/bin/bash
# Boots the image of the emulated board and looks at what it does with its FAT partition: a right configuration, a broken one, keys.
#
#   tools/test-image.sh [IMAGE]      .build/image/portier-virt.img unless said, which is not changed
#
# By U-Boot, as it ships, in QEMU without KVM; the guest's network leads to this machine's loopback device only.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'test-image: %s\n' "$*" >&2; }
die() { say "FAILED: $*" && exit 1; }

image=${1:-.build/image/portier-virt.img}
[ -f "$image" ] || die "there is no $image: make image"
tools/need.sh qemu-system-arm mtools openssh-client

folder=$(mktemp -d)
machine=
trap '[ -z "$machine" ] || kill "$machine" 2>/dev/null || true; rm -rf "$folder"' EXIT
disk=$folder/disk.img
cp --sparse=always "$image" "$disk"
ssh-keygen -q -t ed25519 -N "" -f "$folder/key"

# Files on the FAT partition, which begins at 4 MiB.
onto_card() { mcopy -o -i "$disk@@4M" - "::$1"; }
from_card() { mtype -i "$disk@@4M" "::$1"; }

# Starts the machine; who is called by `ssh` runs a command in it.
start() {
    # A port that nobody answers at.
    port=$((20000 + RANDOM % 20000))
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    qemu-system-aarch64 -M virt,gic-version=2 -cpu cortex-a72 -smp 2 -m 1024 -accel tcg,thread=multi -nodefaults -display none \
        -bios "${image%.img}/u-boot.bin" -serial "file:$folder/serial" -device virtio-rng-pci -device i6300esb \
        -drive "if=none,id=card,file=$disk,format=raw" -device virtio-blk-pci,drive=card \
        -netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=net -no-reboot &
    machine=$!
}
guest() {
    ssh -q -i "$folder/key" -p "$port" -o StrictHostKeyChecking=no -o "UserKnownHostsFile=$folder/known" -o ConnectTimeout=5 \
        root@127.0.0.1 "$@"
}
wait_for_guest() {
    local began=$SECONDS
    until guest true 2>/dev/null; do
        if [ $((SECONDS - began)) -gt 180 ] || ! kill -0 "$machine" 2>/dev/null; then
            tail -n 40 "$folder/serial" >&2
            die "nobody answers by SSH"
        fi
        sleep 1
    done
    say "answers after $((SECONDS - began)) s"
}
stop() {
    guest systemctl poweroff 2>/dev/null || true
    wait "$machine" || true
    machine=
}
expect() { [[ "$2" == *"$3"* ]] || die "$1 has no '$3': $2"; }

house() {
    printf '[board]\nkind = "simulated"\n[lines]\nbell = { direction = "input" }\n[buttons.%s]\nline = "bell"\nshort = { call = "home" }\n' "$1"
    printf '[phone_book.home]\ntargets = ["sip:201@10.0.2.2"]\n'
}

say "first start, with a configuration, a name and a key"
house bell | onto_card portier.toml
echo lodge | onto_card hostname
onto_card authorized_keys <"$folder/key.pub"
start
wait_for_guest
guest 'systemctl is-system-running --wait' || { guest systemctl --failed --no-pager && guest journalctl -p warning -b --no-pager | tail -n 30; die "units have failed"; }
expect "the state" "$(guest portier --json state)" '"name":"bell"'
expect "the name" "$(guest cat /proc/sys/kernel/hostname)" lodge
expect "the slot" "$(guest cat /run/portier-slot)" A
expect "the root" "$(guest findmnt -no FSTYPE,OPTIONS /)" "squashfs ro"
# shellcheck disable=SC2016  # expanded by the guest
expect "the clock" "$(guest 'test $(date +%s) -ge $(stat -c %Y /usr/lib/clock-epoch) && echo later')" later
expect "the watchdog" "$(guest 'systemctl show --property=RuntimeWatchdogUSec --value')" 15s
say "$(guest systemd-analyze --no-pager | head -n 1)"
identity=$(guest cat /data/ssh/ed25519.pub)
stop

say "a broken configuration: the first one goes on"
printf '[lines]\nbell = { direction = "sideways" }\n' | onto_card portier.toml
start
wait_for_guest
expect "the state" "$(guest portier --json state)" '"name":"bell"'
expect "the journal" "$(guest journalctl -b -u portier-card --no-pager)" "is not used"
expect "the host key" "$(guest cat /data/ssh/ed25519.pub)" "$identity"
expect "the last boot's warnings" "$(guest 'ls /data/log | wc -l')" 1

say "another one, right again, is taken without a start; the key is taken off the card, and nobody gets in"
# One session does it all: there is no other after that.
said=$(house gate | guest 'mkdir /tmp/p1 && mount /dev/disk/by-partuuid/706f7274-01 /tmp/p1 && cat /tmp/p1/portier.toml.rejected &&
    cat >/tmp/p1/portier.toml && rm /tmp/p1/authorized_keys && umount /tmp/p1 &&
    systemctl restart portier-card.service && systemctl reload portierd.service &&
    timeout 30 sh -c "until portier --json state | grep -q gate; do sleep 1; done" && echo the gate is there
    [ -e /data/card/authorized_keys ] || echo no keys
    systemctl poweroff 2>/dev/null' || true)
expect "the session" "$said" "portier.toml:2:"
expect "the session" "$said" "the gate is there"
expect "the session" "$said" "no keys"
wait "$machine" || true
machine=
if from_card portier.toml.rejected >/dev/null 2>&1; then die "portier.toml.rejected is still there"; fi
say "all is well"
