#include "CFuzzer.h"

typedef int target(const uint8_t *start, size_t count);

int LLVMFuzzerRunDriver(int *argc, char ***argv, target *one);

static target *current;

// The sanitizer's archive, linked whole, has a main that asks for this one.
int LLVMFuzzerTestOneInput(const uint8_t *start, size_t count) { return current(start, count); }

int fuzz_drive(int argc, char **argv, target *one) {
    current = one;
    return LLVMFuzzerRunDriver(&argc, &argv, one);
}
