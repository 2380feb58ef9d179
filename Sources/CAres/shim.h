// ares_query and its like are the newest that 1.18 has; later versions recommend others, and keep these.
#define CARES_NO_DEPRECATED
#include <ares.h>

// ARES_SUCCESS is a macro in c-ares up to 1.27 and an enumeration's case since: Swift asks this instead.
static inline int cares_succeeded(int status) { return status == ARES_SUCCESS; }

// The name does not exist, has nothing of the kind, or cannot be a name: asking again would not help.
static inline int cares_absent(int status) {
    return status == ARES_ENODATA || status == ARES_ENOTFOUND || status == ARES_EBADNAME || status == ARES_EBADQUERY;
}

// c-ares keeps answers by itself since 1.31, for up to an hour; those who ask here keep them themselves.
static inline void cares_keep_no_answers(struct ares_options *options, int *mask) {
#ifdef ARES_OPT_QUERY_CACHE
    options->qcache_max_ttl = 0;
    *mask |= ARES_OPT_QUERY_CACHE;
#endif
}
