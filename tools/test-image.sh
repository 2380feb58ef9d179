#!/bin/bash
# Boots the image of the emulated board and looks at what it keeps of its promises, the unpleasant ones above all: a broken
# configuration, keys, a full and a ruined data partition, a clock without a battery, a kernel that hangs.
#
#   tools/test-image.sh [IMAGE]      .build/image/portier-virt.img unless said, which is not changed
#
# By U-Boot, as it ships, in QEMU without KVM. The guest has two cables: one leads to this machine's loopback device only, and at the
# end of the other nobody is but who asks for its name.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'test-image: %s\n' "$*" >&2; }
die() { say "FAILED: $*" && exit 1; }

image=${1:-.build/image/portier-virt.img}
[ -f "$image" ] || die "there is no $image: make image"
tools/need.sh qemu-system-arm mtools openssh-client fdisk python3

folder=$(mktemp -d)
machine=
trap '[ -z "$machine" ] || kill "$machine" 2>/dev/null || true; rm -rf "$folder"' EXIT
disk=$folder/disk.img
cp --sparse=always "$image" "$disk"
ssh-keygen -q -t ed25519 -N "" -f "$folder/key"

# Files on the FAT partition, which begins at 4 MiB.
onto_card() { mcopy -o -i "$disk@@4M" - "::$1"; }
from_card() { mtype -i "$disk@@4M" "::$1"; }

# Starts the machine, with these further words for QEMU; who is called by `ssh` runs a command in it.
start() {
    # A port that nobody answers at.
    port=$((20000 + RANDOM % 20000))
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    qemu-system-aarch64 -M virt,gic-version=2 -cpu cortex-a72 -smp 2 -m 1024 -accel tcg,thread=multi -nodefaults -display none \
        -bios "${image%.img}/u-boot.bin" -serial "file:$folder/serial" -device virtio-rng-pci -device i6300esb -watchdog-action reset \
        -drive "if=none,id=card,file=$disk,format=raw" -device virtio-blk-pci,drive=card \
        -netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=net \
        -netdev "dgram,id=cable,local.type=unix,local.path=$folder/board,remote.type=unix,remote.path=$folder/neighbour" \
        -device virtio-net-pci,netdev=cable -rtc base=2001-01-01T00:00:00 "$@" &
    machine=$!
}
guest() {
    # A guest that is reset forgets its connections without a word.
    ssh -q -i "$folder/key" -p "$port" -o StrictHostKeyChecking=no -o "UserKnownHostsFile=$folder/known" -o ConnectTimeout=5 \
        -o ServerAliveInterval=5 -o ServerAliveCountMax=6 root@127.0.0.1 "$@"
}
# Waits for another boot than the last one that has answered.
boot=
wait_for_guest() {
    local began=$SECONDS now
    until now=$(guest cat /proc/sys/kernel/random/boot_id 2>/dev/null) && [ "$now" != "$boot" ]; do
        if [ $((SECONDS - began)) -gt 240 ] || ! kill -0 "$machine" 2>/dev/null; then
            tail -n 40 "$folder/serial" >&2
            die "nobody answers by SSH"
        fi
        sleep 1
    done
    boot=$now
    say "answers after $((SECONDS - began)) s"
}
stop() {
    guest systemctl poweroff 2>/dev/null || true
    wait "$machine" || true
    machine=
}
expect() { [[ "$2" == *"$3"* ]] || die "$1 has no '$3': $2"; }
journal() { guest journalctl -b -u "$1" --no-pager; }
# What lamps show as a fault, such as "data-full","storage"; beside the sound card, which this board does not have.
expect_faults() {
    local faults
    faults=$(guest portier --json state | sed -nE 's/.*"faults":\[([^]]*)\].*/\1/p' | tr , '\n' | sed '/"sound"/d' | paste -sd ,)
    [ "$faults" = "$1" ] || die "faults are '$faults' and not '$1'"
}
# Waits until this is true in the guest.
until_true() { guest "timeout 30 sh -c 'until $1; do sleep 1; done'" || die "never: $1"; }

house() {
    printf '[board]\nkind = "simulated"\n[lines]\nbell = { direction = "input" }\n[buttons.%s]\nline = "bell"\nshort = { call = "home" }\n' "$1"
    printf '[phone_book.home]\ntargets = ["sip:201@10.0.2.2"]\n'
}

say "first start, with a configuration, a name and a key"
house bell | onto_card portier.toml
echo lodge | onto_card hostname
onto_card authorized_keys <"$folder/key.pub"
# Nothing but its watchdog is to start it again, and that is wanted here.
start
wait_for_guest
guest 'systemctl is-system-running --wait' || { guest systemctl --failed --no-pager && guest journalctl -p warning -b --no-pager | tail -n 30; die "units have failed"; }
expect "the state" "$(guest portier --json state)" '"name":"bell"'
expect "the name" "$(guest cat /proc/sys/kernel/hostname)" lodge
expect "the slot" "$(guest cat /run/portier-slot)" A
expect "the root" "$(guest findmnt -no FSTYPE,OPTIONS /)" "squashfs ro"
expect_faults ""
expect "the watchdog" "$(guest 'systemctl show --property=RuntimeWatchdogUSec --value')" 15s
say "$(guest systemd-analyze --no-pager | head -n 1)"
identity=$(guest cat /data/ssh/ed25519.pub)

say "the clock: without a battery it begins in 2001, and the image knows better; NTP would set it right"
expect "the emulated clock" "$(guest cat /sys/class/rtc/rtc0/date)" 2001-01-01
# shellcheck disable=SC2016  # expanded by the guest
expect "the clock" "$(guest 'test $(date +%s) -ge $(stat -c %Y /usr/lib/clock-epoch) && echo later')" later
expect "NTP" "$(guest systemctl is-enabled systemd-timesyncd.service) $(guest systemctl is-active systemd-timesyncd.service)" "enabled active"

say "its name, on a cable without any server"
address=$(python3 tools/mdns.py "$folder/neighbour" "$folder/board" lodge.local) || die "nobody is lodge.local"
expect "lodge.local" "$address" 169.254.
say "lodge.local is $address"

say "a full data partition: a configuration that is dropped is refused, and the first one goes on"
guest 'head -c 400M /dev/zero >/data/much 2>/dev/null; sync -f /data; systemctl start portier-log-now.service' 2>/dev/null || true
expect "the journal" "$(journal portier-log-now)" "the data partition is full"
# A copy that ends where the disk does, as copies do.
house gate | guest 'cat >/var/lib/portier/drop/new.toml' 2>/dev/null || true
until_true 'portier --json state | grep -q storage'
expect_faults '"configuration","data-full","storage"'
expect "the state" "$(guest portier --json state)" '"name":"bell"'
expect "the journal" "$(journal portierd)" "no room on the disk"
expect "the answer" "$(guest ls /var/lib/portier/drop)" new.toml.rejected
guest 'rm /data/much && systemctl start portier-log-now.service'
expect "the journal" "$(journal portier-log-now)" "there is room on the data partition again"
expect_faults '"configuration","storage"'
house gate | guest 'cat >/var/lib/portier/drop/new.toml'
until_true '[ -e /var/lib/portier/drop/new.toml.applied ]'
expect "the state" "$(guest portier --json state)" '"name":"gate"'
expect_faults ""

say "a kernel that hangs, while a broken configuration lies on the card: the watchdog resets, and what was dropped goes on"
printf '[lines]\nbell = { direction = "sideways" }\n' | guest 'mkdir /tmp/p1 && mount /dev/disk/by-partuuid/706f7274-01 /tmp/p1 &&
    cat >/tmp/p1/portier.toml && umount /tmp/p1 && sync'
earlier=$boot
# A panic without the reboot that the image asks for: the processors stand still, and nobody feeds the watchdog.
guest 'setsid sh -c "sleep 1; echo 0 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger" >/dev/null 2>&1 </dev/null &'
wait_for_guest
expect "the console" "$(tr -d '\r' <"$folder/serial")" "end Kernel panic"
expect "the state" "$(guest portier --json state)" '"name":"gate"'
expect_faults '"fat-partition"'
expect "the journal" "$(journal portier-card)" "is not used"
expect "the host key" "$(guest cat /data/ssh/ed25519.pub)" "$identity"
expect "the kept warnings" "$(guest ls /data/log)" "$earlier"
guest systemctl restart portierd.service
expect_faults '"fat-partition"'

say "another one, right again, is taken without a start"
said=$(house yard | guest 'mkdir /tmp/p1 && mount /dev/disk/by-partuuid/706f7274-01 /tmp/p1 && cat /tmp/p1/portier.toml.rejected &&
    cat >/tmp/p1/portier.toml && umount /tmp/p1 && systemctl restart portier-card.service && systemctl reload portierd.service')
expect "the card" "$said" "portier.toml:2:"
until_true 'portier --json state | grep -q yard'
expect_faults ""
stop
if from_card portier.toml.rejected >/dev/null 2>&1; then die "portier.toml.rejected is still there"; fi

# Where partition 7 begins and how long it is, in sectors.
read -r first count < <(sfdisk --dump "$disk" | sed -nE 's/.*img7 : start= *([0-9]+), size= *([0-9]+),.*/\1 \2/p')

say "a data partition with a ruined start is mended, and the card's configuration taken anew"
dd if=/dev/urandom of="$disk" seek="$first" count=2048 conv=notrunc status=none
rm "$folder/known"
start -no-reboot
wait_for_guest
expect "the journal" "$(journal portier-data)" "the data partition needed repair"
expect_faults '"data-partition"'
expect "the state" "$(guest portier --json state)" '"name":"yard"'
expect "the data partition" "$(guest findmnt -no FSTYPE /data)" ext4
stop

say "one that is no file system any more is done without; the key is taken off the card, and nobody gets in"
dd if=/dev/zero of="$disk" seek="$first" count="$count" conv=notrunc status=none
rm "$folder/known"
start -no-reboot
wait_for_guest
expect "the journal" "$(journal portier-data)" "the data partition cannot be mounted"
expect_faults '"data-partition"'
expect "the state" "$(guest portier --json state)" '"name":"yard"'
# One session does it all: there is no other after that.
said=$(guest 'mkdir /tmp/p1 && mount /dev/disk/by-partuuid/706f7274-01 /tmp/p1 && rm /tmp/p1/authorized_keys && umount /tmp/p1 &&
    systemctl restart portier-card.service
    [ -e /data/card/authorized_keys ] || echo no keys
    systemctl poweroff 2>/dev/null' || true)
expect "the session" "$said" "no keys"
wait "$machine" || true
machine=
say "all is well, after $SECONDS s"
