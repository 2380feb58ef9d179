#!/bin/bash
# Makes the sound bench's peers and its Python, and runs it: see README.md.
#
#   Benchmarks/Sound/run.sh [echo|playout|cost|mouth] [--tune] [--quick] [--only NAME...] [--strict]
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
cd ../..
tools/need.sh gcc g++ pkgconf python3 python3-dev python3-venv libspeexdsp-dev libspandsp-dev libopus-dev \
    asterisk-core-sounds-{en,fr,it,ru}-g722
cd "$here"
mkdir -p .build

venv() {
    local wanted
    wanted=$(cat requirements.txt)
    [ "$(cat .build/venv.made 2>/dev/null)" != "$wanted" ] || return 0
    python3 -m venv .build/venv
    .build/venv/bin/pip install -q -r requirements.txt
    printf '%s\n' "$wanted" >.build/venv.made
}

# One source each; made again when it or a header changed.
made() { [ -x ".build/$1" ] && [ -z "$(find peers/"$1".* peers/*.h -newer ".build/$1")" ]; }
peer() {
    local name=$1
    shift
    made "$name" || gcc -O2 -Wall -Wextra -Werror -o ".build/$name" "peers/$name.c" "$@"
}

# AEC3 is in the WebRTC audio processing of Debian 13 and later; an older Debian gets it in a chroot, whose loader and libraries run it.
aec3() {
    local root="" loader="" build="g++ -O2 -Wall -o"
    if pkg-config --exists webrtc-audio-processing-1; then
        # shellcheck disable=SC2046  # a list of words
        made aec3 || $build .build/aec3 peers/aec3.cpp $(pkg-config --cflags --libs webrtc-audio-processing-1)
    elif LC_ALL=C apt-cache policy libwebrtc-audio-processing-dev 2>/dev/null | grep -q 'Candidate: 1'; then
        ../../tools/need.sh libwebrtc-audio-processing-dev
        aec3
        return
    else
        root=$(../../tools/chroot.sh sound trixie g++ pkgconf libwebrtc-audio-processing-dev)
        made aec3 || ../../tools/inside.sh "$root" "$here" sh -c "cd /peer && $build .build/aec3 peers/aec3.cpp \$(pkg-config --cflags --libs webrtc-audio-processing-1)"
        loader=$(find "$root"/lib/*-linux-gnu*/ -maxdepth 1 -name 'ld-linux*.so.*' | head -n 1)
        loader="$loader --library-path $(dirname "$loader")"
    fi
    printf '%s\n' "$loader" >.build/aec3.loader
}

{
    venv
    peer mdf -lspeexdsp
    peer g722 -lspandsp -lm
    peer jitter -lspeexdsp -lspandsp -lm
    peer opus -lopus
    aec3
    part=all
    for word; do case $word in echo | playout | cost | mouth) part=$word ;; esac; done
    if [ $part = all ] || [ $part = cost ]; then
        ../../tools/need.sh valgrind binutils --swift
        swift build -c release --package-path .. --product period-bench
        # Valgrind does not read Swift's debugging information.
        strip -g -o .build/period-bench ../.build/release/period-bench
    fi
    if [ $part = all ] || [ $part = mouth ]; then
        ../../tools/need.sh pulseaudio pulseaudio-utils libasound2-plugins 'baresip-core|baresip' util-linux
    fi
} >&2
PYTHONPATH=. exec .build/venv/bin/python -m soundbench "$@"
