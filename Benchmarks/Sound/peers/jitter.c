// Plays a capture of G.711 in packets of 20 ms, as other programs do.
//
//   jitter HOW TRACE.pcap OUT.wav
//
// HOW is `plc`: speex_jitter as it is by default, what is missing concealed by spandsp; `zero`: what is missing is silence;
// or a number: a fixed delay in ms after the first packet's arrival, what comes later is lost and concealed by spandsp.
// Sample 0 is the first packet's arrival. Packets are taken in at the start of each period.
#include <ctype.h>

#include <spandsp.h>
#include <speex/speex_jitter.h>

#include "capture.h"

enum { PERIOD = 160, RATE = 8000 };

static void decode(const packet *p, int16_t *out) {
    for (int i = 0; i < PERIOD; i++) out[i] = i >= p->size ? 0 : p->type == 0 ? ulaw_to_linear(p->payload[i]) : alaw_to_linear(p->payload[i]);
}

static void conceal(plc_state_t *plc, int zero, int16_t *out) {
    if (zero)
        memset(out, 0, PERIOD * 2);
    else
        plc_fillin(plc, out, PERIOD);
}

int main(int argc, char **argv) {
    if (argc != 4) wav_fail("jitter", "wants HOW TRACE.pcap OUT.wav");
    size_t count;
    packet *packets = capture_read(argv[2], &count);
    if (!count) wav_fail(argv[2], "no packets");
    int fixed = isdigit((unsigned char)argv[1][0]), zero = !strcmp(argv[1], "zero");
    size_t delay = fixed ? (size_t)atoi(argv[1]) * RATE / 1000 : 0;
    int64_t end = packets[count - 1].arrival + 1000000;
    wav out = {RATE, (size_t)(end * RATE / 1000000 + PERIOD) / PERIOD * PERIOD, NULL};
    out.samples = calloc(out.count, 2);
    plc_state_t *plc = plc_init(NULL);
    JitterBuffer *jitter = jitter_buffer_init(PERIOD);

    size_t next = 0;
    for (size_t at = delay; at + PERIOD <= out.count; at += PERIOD) {
        int64_t now = (int64_t)at * 1000000 / RATE;
        int16_t *to = out.samples + at;
        const packet *found = NULL;
        if (fixed) {
            uint32_t wanted = packets[0].timestamp + (uint32_t)(at - delay);
            for (size_t i = 0; i < count && packets[i].arrival <= now; i++)
                if (packets[i].timestamp == wanted) found = &packets[i];
        } else {
            for (; next < count && packets[next].arrival <= now; next++) {
                JitterBufferPacket in = {(char *)&packets[next], sizeof(packet), packets[next].timestamp, PERIOD, 0, 0};
                jitter_buffer_put(jitter, &in);
            }
            static packet got;
            JitterBufferPacket from = {(char *)&got, sizeof got, 0, 0, 0, 0};
            if (jitter_buffer_get(jitter, &from, PERIOD, NULL) == JITTER_BUFFER_OK) found = &got;
            jitter_buffer_tick(jitter);
        }
        if (found) {
            decode(found, to);
            plc_rx(plc, to, PERIOD);
        } else {
            conceal(plc, zero, to);
        }
    }
    wav_write(argv[3], out);
    return 0;
}
