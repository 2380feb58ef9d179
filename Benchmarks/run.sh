#!/bin/bash
# All figures, one row each: name, ours, the peer's, and the peer's over ours. Both are measured in the same run.
# `make bench` has built the product before.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/need.sh libsofia-sip-ua-dev libosip2-dev libre-dev
swift build -c release --package-path Benchmarks
swift build -c release --scratch-path .build/rig --product call-bench
for program in parsing-bench sound-bench agent-bench; do
    if [ -x "Benchmarks/.build/release/$program" ]; then "Benchmarks/.build/release/$program"; fi
done
.build/rig/release/call-bench --programs .build/release
