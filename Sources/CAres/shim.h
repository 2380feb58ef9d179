#include <ares.h>

// ARES_SUCCESS is a macro in c-ares up to 1.27 and an enumeration's case since: Swift asks this instead.
static inline int cares_succeeded(int status) { return status == ARES_SUCCESS; }
