#!/bin/bash
# Runs every fuzz target for SECONDS_EACH (60) seconds, or the targets that are named. A crash ends it and leaves its input
# in Fuzz/.build/crashes.
set -euo pipefail
cd "$(dirname "$0")"
# Swift's own backtracer can hang in a sanitizer's death; leaks are not looked for, because the runtime keeps what it has.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then targets=(sip stream sdp rtp configuration control agent); fi
swift build -c debug -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=fuzzer-no-link,address -Xswiftc -O -Xswiftc -use-ld=lld 2>&1 |
    { grep -vE 'Cannot export local symbol|^\[' || true; }
mkdir -p .build/crashes
for name in "${targets[@]}"; do
    corpus=.build/corpus/$name
    mkdir -p "$corpus"
    # A play of many hundred steps finds nothing that a shorter one does not.
    longest=4096
    if [ "$name" = agent ]; then longest=400; fi
    words=()
    if [ -f "seeds/$name.dict" ]; then words=("-dict=seeds/$name.dict"); fi
    echo "fuzz-$name: ${SECONDS_EACH:-60} s"
    ".build/debug/fuzz-$name" -max_total_time="${SECONDS_EACH:-60}" -max_len="$longest" -timeout=10 -rss_limit_mb=4096 \
        ${words[@]+"${words[@]}"} -artifact_prefix=.build/crashes/ -print_final_stats=1 -verbosity=0 "$corpus" "seeds/$name" 2>&1 |
        { grep -E 'ERROR|SUMMARY|Fatal|precondition|number_of_executed_units|Test unit written' || true; }
    if [ "${PIPESTATUS[0]}" -ne 0 ]; then echo "fuzz-$name: FAILED" && exit 1; fi
done
