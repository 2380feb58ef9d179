#include <speex/speex_echo.h>
#include <speex/speex_jitter.h>
#include <speex/speex_preprocess.h>
#include <speex/speex_resampler.h>

// The few functions of libm that sound needs, under names of our own: the modules above have no other way to them.
static inline double csound_sin(double x) { return __builtin_sin(x); }
static inline double csound_log10(double x) { return __builtin_log10(x); }
static inline double csound_pow(double x, double y) { return __builtin_pow(x, y); }
