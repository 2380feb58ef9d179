// Mono 16-bit WAV files, read and written whole: all that the peers need.
#ifndef WAV_H
#define WAV_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int rate;         // Hz
    size_t count;     // samples
    int16_t *samples;
} wav;

static inline void wav_fail(const char *path, const char *what) {
    fprintf(stderr, "%s: %s\n", path, what);
    exit(1);
}

/// Reads PCM, 16 bit, mono, with the canonical header of 44 bytes.
static inline wav wav_read(const char *path) {
    unsigned char head[44];
    FILE *file = fopen(path, "rb");
    if (!file || fread(head, 1, 44, file) != 44 || memcmp(head, "RIFF", 4) || memcmp(head + 36, "data", 4))
        wav_fail(path, "no canonical WAV file");
    if (head[20] != 1 || head[22] != 1 || head[34] != 16) wav_fail(path, "not mono PCM of 16 bits");
    uint32_t bytes;
    int32_t rate;
    memcpy(&rate, head + 24, 4);
    memcpy(&bytes, head + 40, 4);
    wav w = {rate, bytes / 2, (int16_t *)malloc(bytes + 2)};
    if (fread(w.samples, 2, w.count, file) != w.count) wav_fail(path, "shorter than its header says");
    fclose(file);
    return w;
}

static inline void wav_write(const char *path, wav w) {
    unsigned char head[44] = "RIFF....WAVEfmt \x10\0\0\0\1\0\1\0........\2\0\x10\0data";
    uint32_t bytes = (uint32_t)w.count * 2, all = bytes + 36, rate = (uint32_t)w.rate, per_second = rate * 2;
    memcpy(head + 4, &all, 4);
    memcpy(head + 24, &rate, 4);
    memcpy(head + 28, &per_second, 4);
    memcpy(head + 40, &bytes, 4);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(head, 1, 44, file) != 44 || fwrite(w.samples, 2, w.count, file) != w.count || fclose(file))
        wav_fail(path, "cannot be written");
}

#endif
