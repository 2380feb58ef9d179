#!/bin/bash
# Builds for a 64-bit Pi on this machine, with Debian 13's Swift.
#
#   tools/arm64.sh build PACKAGE...    portierd and portier into .build/arm64, with Swift's runtime in them, stripped
#   tools/arm64.sh test PACKAGE...     all unit tests, cross-built and run under qemu-user
#
# PACKAGE... are Debian's -dev packages that the product needs; of A|B, the first. Compiler and emulator live in a chroot of
# Debian 13 that tools/chroot.sh keeps; in its /opt is a Swift SDK bundle with arm64's headers and libraries, which are only
# unpacked: nothing of arm64 runs to make it.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'arm64: %s\n' "$*" >&2; }

task=${1:-}
if [[ $# -lt 2 || ! $task =~ ^(build|test)$ ]]; then
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
packages=$(for package in "${@:2}" libswiftlang; do printf '%s,' "${package%%|*}"; done)

chroot=${PORTIER_ARM64:-$(tools/chroot.sh arm64 trixie swiftlang lld binutils-aarch64-linux-gnu pkgconf libc6-dev libstdc++-14-dev qemu-user)}
mkdir -p .build/arm64
if [ "$(id -u)" != 0 ]; then
    sudo=(sudo)
    [ -t 0 ] || sudo=(sudo -n)
    exec "${sudo[@]}" PORTIER_ARM64="$chroot" "$0" "$@"
fi
# Who called sudo shall own what comes out.
trap 'chown -R --reference=. .build/arm64' EXIT

bundle=/opt/arm64.artifactbundle # in the chroot
sysroot=$bundle/sysroot

# Headers and libraries of arm64, and the parts of its swiftlang that are no programs.
make_bundle() {
    tools/need.sh mmdebstrap debian-archive-keyring
    say "unpacking the arm64 packages (half a minute, some 600 MB)"
    rm -rf --one-file-system "${chroot:?}$bundle"
    mkdir -p "$chroot$bundle"
    # shellcheck disable=SC2016  # expanded by the hook's shell
    mmdebstrap --quiet --variant=extract --architectures=arm64 --include="${packages%,}" \
        --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' --aptopt='APT::Sandbox::User "root"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --extract-hook='cd "$1" && ln -sfn usr/lib lib && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -q download swiftlang &&
            dpkg-deb --fsys-tarfile swiftlang_*.deb |
                tar -x ./usr/libexec/swift/lib/swift ./usr/libexec/swift/lib/swift_static ./usr/libexec/swift/lib/clang &&
            rm swiftlang_*.deb' \
        trixie "$chroot$sysroot" "$chroot/etc/apt/sources.list" </dev/null >&2
    cat >"$chroot$bundle/info.json" <<'END'
{ "schemaVersion": "1.0", "artifacts": { "arm64": { "type": "swiftSDK", "version": "13", "variants": [{ "path": "." }] } } }
END
    cat >"$chroot$bundle/swift-sdk.json" <<'END'
{
  "schemaVersion": "4.0",
  "targetTriples": {
    "aarch64-unknown-linux-gnu": {
      "sdkRootPath": "sysroot",
      "swiftResourcesPath": "sysroot/usr/libexec/swift/lib/swift",
      "swiftStaticResourcesPath": "sysroot/usr/libexec/swift/lib/swift_static",
      "toolsetPaths": ["toolset.json"]
    }
  }
}
END
    cat >"$chroot$bundle/toolset.json" <<'END'
{ "schemaVersion": "1.0", "swiftCompiler": { "extraCLIOptions": ["-use-ld=lld"] } }
END
    printf '%s\n' "$packages" >"$chroot$bundle/made"
}

# One at a time: who comes second finds it made.
exec 9>"$chroot/opt/arm64.lock"
flock 9
[ "$(cat "$chroot$bundle/made" 2>/dev/null)" = "$packages" ] || make_bundle
exec 9>&-

inside() {
    tools/inside.sh "$chroot" "$PWD" /usr/bin/env -C /peer HOME=/root LC_ALL=C.UTF-8 SWIFT_BACKTRACE=enable=no \
        PKG_CONFIG_SYSROOT_DIR=$sysroot PKG_CONFIG_PATH=$sysroot/usr/lib/aarch64-linux-gnu/pkgconfig:$sysroot/usr/share/pkgconfig "$@"
}
cross_build() {
    inside swift build --swift-sdks-path /opt --swift-sdk arm64 -Xswiftc -warnings-as-errors "$@"
}

# Foundation would triple the daemon's memory, Dispatch bring threads beside ours. Swift's runtime has the C half of Dispatch in
# it, which nothing uses; what is told by here is the half in Swift, which `import Dispatch` brings. Debian has no package of
# Swift's shared libraries for a board.
judge() {
    local symbols needed
    symbols=$(inside aarch64-linux-gnu-nm --format=just-symbols "$1")
    if grep -m 1 -E '[$]s(10Foundation|20FoundationEssentials|8Dispatch)[0-9A-Z]' <<<"$symbols" >&2; then
        say "$1 has Foundation or Dispatch in it"
        exit 1
    fi
    needed=$(inside aarch64-linux-gnu-readelf --dynamic "$1")
    if grep -E 'NEEDED.*(swift|Foundation|dispatch)' <<<"$needed" >&2; then
        say "$1 needs shared libraries of Swift"
        exit 1
    fi
}

case $task in
build)
    for program in portierd portier; do
        cross_build --scratch-path .build/arm64/programs -c release --static-swift-stdlib --product $program
        linked=.build/arm64/programs/release/$program
        judge $linked
        inside aarch64-linux-gnu-strip -o .build/arm64/$program $linked
        say "$program: $(stat -c %s .build/arm64/$program) bytes stripped"
    done
    ;;
test)
    log=.build/arm64/test.log
    # Optimised, as what ships is; and unoptimised they take the emulator several times as long.
    cross_build --scratch-path .build/arm64/tests -Xswiftc -O --build-tests
    # RTP sockets want to know when each packet came: qemu-user has no SO_TIMESTAMPNS, so that none can be opened.
    not_here='VoiceSocketsTests/|AudioThreadTests/(carriesSound|carriesPackets|startsAndStops)\('
    say "running the tests under qemu-user, but for $not_here; all they say goes to $log"
    status=0
    inside qemu-aarch64 -L $sysroot .build/arm64/tests/debug/portierPackageTests.xctest --testing-library swift-testing \
        --skip "$not_here" >$log 2>&1 </dev/null || status=$?
    grep -aE '^✘|^. Test run with' $log || tail -n 40 $log
    if [ $status != 0 ] || ! grep -aqE 'Test run with [1-9][0-9]* tests.* passed' $log; then
        say "the tests failed (status $status)"
        exit 1
    fi
    ;;
esac
