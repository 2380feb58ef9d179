#include <ares.h>

// ARES_SUCCESS is a macro in c-ares up to 1.27 and an enumeration's case since: Swift asks this instead.
static inline int cares_succeeded(int status) { return status == ARES_SUCCESS; }

// c-ares keeps answers by itself since 1.31, for up to an hour; those who ask here want to know what is true now.
static inline void cares_keep_no_answers(struct ares_options *options, int *mask) {
#ifdef ARES_OPT_QUERY_CACHE
    options->qcache_max_ttl = 0;
    *mask |= ARES_OPT_QUERY_CACHE;
#endif
}
