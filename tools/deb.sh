#!/bin/bash
# Packs portierd into .build/deb, judges the package by lintian, and prints its size and what it needs.
#
#   tools/deb.sh [PROGRAM [ARCHITECTURE]]      .build/release/portierd and this machine's, unless said
#
# A program for arm64 is packed in a Debian 13 of its own, where arm64's libraries are installed beside this machine's tools: from
# their lists is told what the package depends on. Nothing of arm64 runs for it.
set -euo pipefail
cd "$(dirname "$0")/.."

# Flash and updates over slow lines have no room for more; without the shared libraries.
most_bytes=4000000

say() { printf 'deb: %s\n' "$*" >&2; }
die() { say "$*" && exit 1; }

program=$(realpath "${1:-.build/release/portierd}")
architecture=${2:-$(dpkg --print-architecture)}
[ -x "$program" ] || die "there is no program $program"
tools="dpkg-dev debhelper chrpath lintian"
if [ "$architecture" != "$(dpkg --print-architecture)" ] && [ -z "${PORTIER_PACKS:-}" ]; then
    [ "$architecture" = arm64 ] || die "a package for $architecture can be made on $architecture only"
    libraries=$(printf '%s:arm64 ' libasound2t64 libcares2 libgpiod3 libjansson4 libopus0 libspandsp2t64 libspeexdsp1 libsrtp2-1 \
        libssl3t64 libstdc++6)
    # shellcheck disable=SC2086  # lists of words
    chroot=$(PORTIER_FOREIGN=arm64 tools/chroot.sh deb-arm64 trixie $tools binutils-aarch64-linux-gnu $libraries)
    mkdir -p .build/deb
    cp "$program" .build/deb/portierd-arm64
    exec tools/inside.sh "$chroot" "$PWD" /usr/bin/env PORTIER_PACKS=yes LC_ALL=C.UTF-8 /peer/tools/deb.sh \
        /peer/.build/deb/portierd-arm64 arm64
fi
# shellcheck disable=SC2086  # a list of words
tools/need.sh $tools

version=$(sed -n 's/.*version = "\(.*\)"/\1/p' Sources/Base/Product.swift)
[ "$(dpkg-parsechangelog --show-field Version)" = "$version" ] ||
    die "debian/changelog is of another version than Sources/Base/Product.swift, which says $version"

# Beside the sources only what is packed, so that nothing is written into or beside the working copy.
stage=.build/deb/portier-$version
rm -rf "$stage" .build/deb/portier_*_"$architecture".*
mkdir -p "$stage"
cp -a board completion debian docs examples systemd "$stage"
(
    cd "$stage"
    PORTIER_PROGRAM=$program dpkg-buildpackage --build=binary --host-arch="$architecture" --no-sign --no-check-builddeps \
        --build-profiles=pkg.portier.ready-made
) >"$stage.log" 2>&1 || {
    tail -n 30 "$stage.log" >&2
    die "dpkg-buildpackage did not work"
}

package=.build/deb/portier_${version}_$architecture.deb
lintian --allow-root --fail-on error --tag-display-limit 0 "$package" || die "lintian found errors"
bytes=$(stat -c %s "$package")
say "$package: $bytes bytes, of at most $most_bytes; $(dpkg-deb --field "$package" Installed-Size) KiB installed"
say "needs $(dpkg-deb --field "$package" Depends)"
[ "$bytes" -le "$most_bytes" ] || die "the package is too large"
