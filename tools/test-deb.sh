#!/bin/bash
# Installs the package in a Debian of its own, lets the daemon run there, upgrades, removes and purges it, and looks at each step.
#
#   tools/test-deb.sh [PACKAGE [SUITE]]      .build/deb's for this machine and this machine's release, unless said
#
# The chroot is kept with those of tools/chroot.sh. What the test does to it goes to an overlay in memory, which goes with the
# test, as do its mounts, its network and its processes: they are in namespaces of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'test-deb: %s\n' "$*" >&2; }
die() { say "FAILED: $*" && exit 1; }

packages=(.build/deb/portier_*_"$(dpkg --print-architecture)".deb)
package=$(realpath "${1:-${packages[-1]}}")
[ -f "$package" ] || die "there is no package $package"
# shellcheck source=/dev/null
suite=${2:-$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")}

if [ "${PORTIER_TEST_CHROOT:-}" = "" ]; then
    # What it depends on is part of the chroot, so that the package is installed without a network.
    needs=$(dpkg-deb --field "$package" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/[ ,]\+/ /g')
    # shellcheck disable=SC2086  # a list of words
    PORTIER_TEST_CHROOT=$(tools/chroot.sh "deb-$suite" "$suite" $needs)
    as_root=()
    if [ "$(id -u)" != 0 ]; then as_root=(sudo -n); fi
    exec ${as_root[@]+"${as_root[@]}"} unshare --mount --net --pid --fork --kill-child --propagation private \
        env PORTIER_TEST_CHROOT="$PORTIER_TEST_CHROOT" "$0" "$package" "$suite"
fi

# From here on as root, in namespaces.
ip link set lo up
memory=$(mktemp -d)
trap 'umount --recursive --lazy "$memory"; rmdir "$memory"' EXIT
mount -t tmpfs -o size=1g portier-test "$memory"
mkdir "$memory/upper" "$memory/work" "$memory/root"
root=$memory/root
mount -t overlay -o "lowerdir=$PORTIER_TEST_CHROOT,upperdir=$memory/upper,workdir=$memory/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/run"
mkdir -p "$root/dev"
for device in null zero full random urandom; do
    [ -e "$root/dev/$device" ] || touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }
apt() { inside apt-get -qq -y -o Dpkg::Use-Pty=0 "$@" </dev/null >"$memory/apt.log" 2>&1 || { cat "$memory/apt.log" >&2 && return 1; }; }
# Nothing of a package may be left out, as chroots for other uses do.
rm -f "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"

# What there is: but for the books of dpkg, apt and the users, and what any run of a program changes.
inventory() {
    inside find / -xdev \( -path /proc -o -path /dev -o -path /tmp -o -path /run -o -path /var/lib/dpkg -o -path /var/lib/apt \
        -o -path /var/cache -o -path /var/log -o -path '/etc/passwd*' -o -path '/etc/group*' -o -path '/etc/shadow*' \
        -o -path '/etc/gshadow*' -o -path '/etc/.pwd.lock' -o -path '/etc/subuid*' -o -path '/etc/subgid*' \) -prune -o -print | sort
}
owner() { inside stat -c '%a %U:%G' "$1"; }
expect() {
    local what=$1 wanted=$2 found=$3
    [ "$found" = "$wanted" ] || die "$what: '$found' in place of '$wanted'"
}
configuration=/etc/portier/portier.toml

say "install in $suite"
inventory >"$memory/before"
cp "$package" "$root/tmp/portier.deb"
apt install /tmp/portier.deb || die "apt install"
expect "the configuration" "640 root:portier" "$(owner $configuration)"
expect "its folder" "750 root:portier" "$(owner /etc/portier)"
expect "the credentials" "700 root:root" "$(owner /etc/portier/credentials)"
expect "the drop folder" "750 portier:portier" "$(owner /var/lib/portier/drop)"
expect "the user's groups" "audio gpio portier" "$(inside id -Gn portier | tr ' ' '\n' | sort | xargs)"
for file in /usr/share/man/man1/portier.1.gz /usr/share/man/man5/portier.toml.5.gz /usr/share/man/man8/portierd.8.gz \
    /usr/share/bash-completion/completions/portier /usr/share/doc/portier/examples/simulated.toml; do
    [ -s "$root$file" ] || die "$file is not there"
done
inside systemctl is-enabled --quiet portierd.service || die "the unit is not enabled"
inside systemd-analyze security --no-pager --offline=true --threshold=15 portierd.service >"$memory/exposure" 2>&1 ||
    { cat "$memory/exposure" >&2 && die "the unit is exposed by more than 1.5"; }
say "$(tail -n 1 "$memory/exposure")"
expect "the tool's version" "portier $(dpkg-deb --field "$package" Version)" "$(inside portier --version)"
inside portier check $configuration >/dev/null || die "the configuration as installed is wrong"

# The daemon in the foreground, as its unit would run it; says what the tool, as root, answers to `state`.
run_daemon() {
    local file=$1 socket=$2 folder=$3 daemon state='' tries
    : >"$memory/daemon.log"
    chroot "$root" setpriv --reuid portier --regid portier --init-groups --no-new-privs \
        env --chdir="$folder" portierd --config "$file" --log terminal 2>"$memory/daemon.log" &
    daemon=$!
    for ((tries = 0; tries < 100; tries++)); do
        if grep -q ' ready' "$memory/daemon.log"; then break; fi
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.1
    done
    state=$(inside portier --socket "$socket" --json state) || {
        cat "$memory/daemon.log" >&2
        kill -KILL "$daemon"
        die "portier state"
    }
    kill -TERM "$daemon"
    wait "$daemon" || die "the daemon ended with $?"
    printf '%s\n' "$state"
}

say "run the daemon as installed, without lines and without a card"
inside install -d -m 750 -o portier -g portier /run/portier
state=$(run_daemon $configuration /run/portier/control.sock /)
grep -q '"buttons":\[\]' <<<"$state" || die "the empty house's state is $state"

say "run the daemon with the simulated example"
house=/var/lib/portier/house
inside install -d -o portier -g portier $house $house/drop
inside install -m 640 -g portier /usr/share/doc/portier/examples/simulated.toml $house/house.toml
# A second of silence as the visitor: 16 bits, mono, 16 kHz.
{
    printf 'RIFF\x24\x7d\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data\0\x7d\0\0'
    head -c 32000 /dev/zero
} >"$root$house/visitor.wav"
state=$(run_daemon house.toml $house/portier.sock $house)
for word in '"name":"bell"' '"name":"front"' '"card":"open"'; do
    grep -q "$word" <<<"$state" || die "the state has no $word: $state"
done

cat >"$root$configuration" <<'END'
[board]
kind = "simulated"
[lines]
strike = { direction = "output" }
[doors.front]
line = "strike"
codes_credential = "portier_door"
END
printf '4711#\n' >"$root/etc/portier/credentials/door"

# Boots the system's own systemd on a copy, as the first process of namespaces, and says how the unit is and what `state` answers.
run_system() {
    local system=$memory/system
    mkdir "$memory/upper2" "$memory/work2" "$system"
    mount -t overlay -o "lowerdir=$root,upperdir=$memory/upper2,workdir=$memory/work2" overlay "$system"
    cat >"$system/etc/systemd/system/look.service" <<'END'
[Unit]
After=portierd.service
[Service]
Type=oneshot
ExecStart=-/usr/bin/systemctl show portierd.service --property=ActiveState --property=NRestarts
ExecStart=-/usr/bin/portier --json state
ExecStart=-/usr/bin/journalctl --no-pager --boot --unit=portierd.service
ExecStopPost=/usr/bin/systemctl poweroff --force --force
StandardOutput=append:/var/look
StandardError=append:/var/look
END
    mkdir -p "$system/etc/systemd/system/multi-user.target.wants"
    ln -s ../look.service "$system/etc/systemd/system/multi-user.target.wants/look.service"
    # shellcheck disable=SC2016  # expanded by the inner shells
    timeout 60 unshare --pid --fork --kill-child --mount --uts --ipc --cgroup /bin/sh -euc '
        cd "$1"
        mount -t proc proc proc
        mount -t sysfs -o ro sysfs sys
        mount -t cgroup2 cgroup2 sys/fs/cgroup
        mount -t tmpfs tmpfs run
        mount -t tmpfs -o mode=755 tmpfs dev
        for device in null zero full random urandom; do
            touch "dev/$device"
            mount --bind "/dev/$device" "dev/$device"
        done
        touch dev/console
        mkdir dev/shm before
        # No chroot: the kernel gives none a user namespace of its own, which PrivateUsers= wants.
        pivot_root . before
        exec chroot . /bin/sh -euc "
            umount -l /before
            mount --make-rshared /
            exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=multi-user.target"
        ' boot "$system" </dev/null >"$memory/boot.log" 2>&1 || true
    cat "$system/var/look" || cat "$memory/boot.log" >&2
    umount --lazy "$system"
}

say "run it by its unit, with a secret by a credential"
look=$(run_system)
for word in 'ActiveState=active' 'NRestarts=0' '"name":"front"'; do
    grep -q "$word" <<<"$look" || die "by its unit there is no $word: $look"
done

say "upgrade: a changed configuration stays as it is"
changed=$(sha256sum <"$root$configuration")
dpkg-deb --raw-extract "$package" "$memory/next"
sed -i 's/^Version: .*/&+next/' "$memory/next/DEBIAN/control"
dpkg-deb -Zgzip -z1 --root-owner-group --build "$memory/next" "$root/tmp/next.deb" >/dev/null
rm -r "$memory/next"
apt install /tmp/next.deb || die "apt install of the next version"
# shellcheck disable=SC2016  # expanded by dpkg-query
expect "the version" "$(dpkg-deb --field "$package" Version)+next" "$(inside dpkg-query -W -f '${Version}' portier)"
expect "the configuration after the upgrade" "$changed" "$(sha256sum <"$root$configuration")"
expect "its rights after the upgrade" "640 root:portier" "$(owner $configuration)"

say "remove: what the user wrote stays"
apt remove portier || die "apt remove"
for program in portier portierd; do
    if [ -e "$root/usr/bin/$program" ] || [ -L "$root/usr/bin/$program" ]; then die "$program is still there"; fi
done
expect "the configuration after the removal" "$changed" "$(sha256sum <"$root$configuration")"
[ -d "$root$house" ] || die "the state is gone"

say "install again, and purge: nothing is left"
apt install /tmp/portier.deb || die "apt install after the removal"
expect "the configuration after all" "$changed" "$(sha256sum <"$root$configuration")"
apt purge portier || die "apt purge"
inventory >"$memory/after"
diff "$memory/before" "$memory/after" >&2 || die "this is left or missing"
say "all is well"
