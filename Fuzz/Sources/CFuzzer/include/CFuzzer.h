// libFuzzer's driver, called by programs that have a main of their own.
#pragma once
#include <stddef.h>
#include <stdint.h>

int fuzz_drive(int argc, char **argv, int (*one)(const uint8_t *start, size_t count));
