#pragma once
#include <alsa/asoundlib.h>

/// ALSA's library writes to stderr what it also returns as an error; a card that comes and goes would flood the log.
static void calsa_ignore(const char *file, int line, const char *function, int code, const char *format, ...) {
    (void)file, (void)line, (void)function, (void)code, (void)format;
}

static inline void calsa_be_quiet(void) { snd_lib_error_set_handler(calsa_ignore); }
