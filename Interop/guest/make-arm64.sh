#!/bin/bash
# Inside a Debian 13 with a cross compiler: gpio-sim for the arm64 kernel RELEASE.
#
#   make-arm64.sh RELEASE FOLDER      prints the folder in FOLDER that it is in, one for each version of what is here
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
release=$1

version "$2" "$release" "$0" "$here"/{versions.sh,gpio-sim.sh}

# An image's kernel may be newer than the release: from its updates.
mirror=$(sed -n 's/^deb \([^ ]*\) .*/\1/p' /etc/apt/sources.list | head -n 1)
printf 'deb %s trixie-updates main\ndeb http://deb.debian.org/debian-security trixie-security main\n' "$mirror" \
    >/etc/apt/sources.list.d/updates.list
apt-get update -qq
version=${release%-arm64}
mkdir -p "$folder/packages"
# Headers are only unpacked: their package asks for a compiler that runs on a Pi.
(
    cd "$folder/packages"
    apt-get download -qq "linux-headers-$release:arm64" "linux-headers-$version-common" "linux-kbuild-$version" linux-source-6.12
    for package in *.deb; do dpkg-deb -x "$package" /; done
)
rm -r "$folder/packages"
"$here/gpio-sim.sh" "$release" "$folder/gpio-sim" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-
aarch64-linux-gnu-strip --strip-debug "$folder"/gpio-sim/*.ko
finish
