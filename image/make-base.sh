#!/bin/bash
# Inside the chroot that tools/image.sh made: Debian's part of the root file system and the kernel's packages, which change seldom.
#
#   make-base.sh FOLDER MIRROR      FOLDER/root.tar, FOLDER/debs-SUITE: kernel, firmware and busybox as packages
#
# arm64's maintainer scripts run by qemu-user, which the kernel is told of for as long as this lasts.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1 mirror=$2
suites="trixie trixie-updates"
security=http://deb.debian.org/debian-security

say() { printf 'image: %s\n' "$*" >&2; }

stamp=$(cat "$0" "$here/packages" | sha256sum)
if [ -z "${FRESH:-}" ] && [ "$(cat "$folder/made" 2>/dev/null)" = "$stamp" ]; then exit; fi
say "making Debian's part of the image, once: some four minutes"
rm -rf "$folder"
mkdir -p "$folder"

registry=/proc/sys/fs/binfmt_misc
mountpoint -q $registry || mount -t binfmt_misc binfmt_misc $registry
if ! grep -qsr '^magic 7f454c460201010000000000000000000200b700' $registry; then
    trap 'echo -1 >$registry/portier-aarch64' EXIT
    # An ELF file of 64 bits for AArch64; F: the interpreter is opened now, so that it need not be in the chroots.
    printf '%s' ':portier-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:' \
        '\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64:F' \
        >$registry/register
fi

sources() {
    for suite in $suites; do echo "deb $mirror $suite main non-free-firmware"; done
    echo "deb $security trixie-security main non-free-firmware"
    echo "deb $mirror trixie-backports main non-free-firmware"
}

# Kernel and firmware are unpacked by us, not installed: their scripts would make an initramfs that nobody uses.
cat >"$folder/fetch" <<'SCRIPT'
#!/bin/sh
set -eu
export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG
for suite in trixie trixie-backports; do
    mkdir -p "$FOLDER/debs-$suite"
    cd "$FOLDER/debs-$suite"
    apt-get download -qq -t $suite busybox-static raspi-firmware firmware-brcm80211 linux-image-arm64
    # What the newest kernel's metapackage stands for, and what that brings which is the kernel itself.
    of() { dpkg-deb --field "$1" Depends | grep -oE "linux-(image|binary|modules|base)-[0-9][^ ,]*" | sort -u; }
    # shellcheck disable=SC2046  # lists of words
    apt-get download -qq -t $suite $(of linux-image-arm64_*.deb)
    # shellcheck disable=SC2046
    for file in linux-image-[0-9]*.deb; do
        more=$(of "$file" | grep -v -e linux-image || true)
        [ -z "$more" ] || apt-get download -qq -t $suite $more
    done
    rm linux-image-arm64_*.deb
done
SCRIPT
chmod +x "$folder/fetch"
export FOLDER=$folder
list=$(sed 's/#.*//' "$here/packages" | xargs | tr ' ' ,)
SOURCE_DATE_EPOCH=0 mmdebstrap --mode=root --variant=essential --architectures=arm64 --skip=check/qemu \
    --include="$list" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --customize-hook="$folder/fetch" \
    '' "$folder/root.tar" - < <(sources) >&2
printf '%s\n' "$stamp" >"$folder/made"
