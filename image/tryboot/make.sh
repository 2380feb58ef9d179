#!/bin/bash
# Inside a Debian 13 with a cross compiler: portier_tryboot.ko for the arm64 kernel RELEASE of SUITE, printed as a path.
#
#   make.sh RELEASE SUITE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
release=$1 suite=$2
folder=/tryboot/$release

stamp=$(cat "$here"/* | sha256sum)
if [ "$(cat "$folder/made" 2>/dev/null)" != "$stamp" ]; then
    rm -rf "$folder"
    mkdir -p "$folder/packages"
    mirror=$(sed -nE 's/^deb (\[[^]]*\] )?([^ ]+) .*/\2/p' /etc/apt/sources.list | head -n 1)
    printf 'deb %s\n' "$mirror trixie-updates main" "$mirror trixie-backports main" \
        "http://deb.debian.org/debian-security trixie-security main" >/etc/apt/sources.list.d/tryboot.list
    apt-get update -qq
    # Headers are only unpacked: their package asks for a compiler that runs on a Pi.
    (
        cd "$folder/packages"
        version=${release%-arm64}
        apt-get download -qq -t "$suite" "linux-headers-$release:arm64" "linux-headers-$version-common" "linux-kbuild-$version"
        for package in *.deb; do dpkg-deb -x "$package" /; done
    )
    rm -r "$folder/packages"
    cp "$here"/Kbuild "$here"/*.c "$folder"
    make -s -C "/usr/lib/modules/$release/build" M="$folder" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc-14 \
        CONFIG_DEBUG_INFO_BTF_MODULES= modules >&2
    aarch64-linux-gnu-strip --strip-debug "$folder/portier_tryboot.ko"
    echo "$stamp" >"$folder/made"
fi
printf '%s\n' "$folder/portier_tryboot.ko"
