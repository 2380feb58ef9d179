// Counts what the calling thread allocates, for tests that say "nothing".
#pragma once
#include <stdbool.h>

/// False under a sanitizer, which has an allocator of its own.
bool allocations_are_counted(void);

/// Allocations of the calling thread since it began.
long allocations_of_this_thread(void);
