#!/bin/bash
# All figures, one row each: name, ours, the peer's, and the peer's over ours. Both are measured in the same run.
set -euo pipefail
cd "$(dirname "$0")"
../tools/need.sh libsofia-sip-ua-dev libosip2-dev 'libre-dev'
swift build -c release
for program in parsing-bench sound-bench call-bench; do
    if [ -x ".build/release/$program" ]; then ".build/release/$program"; fi
done
