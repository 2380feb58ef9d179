// Captures of one RTP stream: Ethernet, IPv4, UDP, as Benchmarks/Sound/soundbench/capture.py writes them.
#ifndef CAPTURE_H
#define CAPTURE_H

#include "wav.h"

enum { CAPTURE_HEADERS = 14 + 20 + 8, RTP_HEADER = 12 };

typedef struct {
    int64_t arrival;  // µs since the first packet's
    uint32_t timestamp;
    int type;         // the payload's
    int size;         // bytes of payload
    uint8_t payload[1500];
} packet;

static inline uint32_t big32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

/// All packets in order of arrival.
static inline packet *capture_read(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    uint8_t head[24], frame[2000];
    uint32_t record[4];
    if (!file || fread(head, 1, 24, file) != 24 || memcmp(head, "\xd4\xc3\xb2\xa1", 4)) wav_fail(path, "no capture of this machine");
    packet *packets = NULL;
    int64_t first = 0;
    *count = 0;
    while (fread(record, 4, 4, file) == 4) {
        if (record[2] > sizeof frame || record[2] < CAPTURE_HEADERS + RTP_HEADER || fread(frame, 1, record[2], file) != record[2])
            wav_fail(path, "a broken packet");
        packets = realloc(packets, (*count + 1) * sizeof *packets);
        packet *p = &packets[*count];
        const uint8_t *rtp = frame + CAPTURE_HEADERS;
        int64_t time = (int64_t)record[0] * 1000000 + record[1];
        if (*count == 0) first = time;
        p->arrival = time - first;
        p->timestamp = big32(rtp + 4);
        p->type = rtp[1] & 0x7f;
        p->size = (int)record[2] - CAPTURE_HEADERS - RTP_HEADER;
        memcpy(p->payload, rtp + RTP_HEADER, (size_t)p->size);
        ++*count;
    }
    fclose(file);
    return packets;
}

#endif
