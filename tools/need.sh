#!/bin/sh
# Makes sure that Debian packages are installed, and installs what is missing, saying so.
#
#   tools/need.sh PACKAGE... [--swift]
#
# A|B asks for any of several packages, because their names differ between releases: if none is installed, the first
# that this release has is taken. --swift asks for a Swift toolchain.
set -eu

say() { printf 'need: %s\n' "$*" >&2; }

# Is it installed (and not only known or half removed)?
installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -q '^installed$'; }

any_installed() {
    for name in $(printf '%s' "$1" | tr '|' ' '); do
        if installed "$name"; then return 0; fi
    done
    return 1
}

# Does this release have it?
available() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep 'Candidate:' | grep -qv '(none)'; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        # Ask for a password only where somebody can type one.
        if [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
    else
        return 1
    fi
}

swift=no
missing=
for want in "$@"; do
    if [ "$want" = --swift ]; then
        swift=yes
    elif ! command -v dpkg-query >/dev/null 2>&1; then
        say "this is no Debian system: install yourself what stands for: $*"
        exit 0
    elif ! any_installed "$want"; then
        missing="$missing $want"
    fi
done
if [ $swift = yes ] && ! command -v swift >/dev/null 2>&1; then missing="$missing swiftlang"; fi
[ -n "$missing" ] || exit 0

impossible() {
    say "$1"
    say "please install by hand:$missing"
    case "$missing" in *swiftlang*) say "Swift 6 for Debian 12 and others: https://www.swift.org/install/linux/" ;; esac
    exit 1
}

say "missing:$missing; asking apt for them"
as_root apt-get update -qq </dev/null >&2 || impossible "apt-get update did not work (no root, no sudo or no network)"
chosen=
for want in $missing; do
    choice=
    for name in $(printf '%s' "$want" | tr '|' ' '); do
        if available "$name"; then choice=$name && break; fi
    done
    [ -n "$choice" ] || impossible "this release has no package $want"
    chosen="$chosen $choice"
done
say "installing:$chosen"
# shellcheck disable=SC2086  # a list of words
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $chosen </dev/null >&2 ||
    impossible "apt-get install did not work"
