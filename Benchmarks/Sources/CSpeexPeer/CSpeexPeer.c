#include "CSpeexPeer.h"

#include <speex/speex_echo.h>
#include <speex/speex_jitter.h>
#include <speex/speex_preprocess.h>
#include <stdlib.h>

struct speex_peer {
    SpeexEchoState *echo;
    SpeexPreprocessState *preprocess;
    JitterBuffer *jitter;
    int16_t clean[1024];
    char payload[160];
    uint16_t sequence;
    int half;
};

static void keep(void *payload) { (void)payload; }

speex_peer *speex_peer_new(int rate, int frame, int tail, int suppression) {
    speex_peer *peer = calloc(1, sizeof *peer);
    int on = 1, level = -suppression;
    peer->echo = speex_echo_state_init(frame, tail);
    speex_echo_ctl(peer->echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    peer->preprocess = speex_preprocess_state_init(frame, rate);
    speex_preprocess_ctl(peer->preprocess, SPEEX_PREPROCESS_SET_DENOISE, &on);
    speex_preprocess_ctl(peer->preprocess, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &level);
    speex_preprocess_ctl(peer->preprocess, SPEEX_PREPROCESS_SET_ECHO_STATE, peer->echo);
    peer->jitter = jitter_buffer_init(160);
    jitter_buffer_ctl(peer->jitter, JITTER_BUFFER_SET_DESTROY_CALLBACK, (void *)keep);
    return peer;
}

void speex_peer_free(speex_peer *peer) {
    speex_echo_state_destroy(peer->echo);
    speex_preprocess_state_destroy(peer->preprocess);
    jitter_buffer_destroy(peer->jitter);
    free(peer);
}

void speex_peer_period(speex_peer *peer, const int16_t *captured, const int16_t *played, const uint8_t *packet, uint32_t timestamp) {
    peer->half = !peer->half;
    if (peer->half) {
        JitterBufferPacket in = {(char *)packet, 160, timestamp, 160, peer->sequence++, 0}, out = {0};
        spx_int32_t offset;
        jitter_buffer_put(peer->jitter, &in);
        jitter_buffer_get(peer->jitter, &out, 160, &offset);
        jitter_buffer_tick(peer->jitter);
    }
    speex_echo_cancellation(peer->echo, captured, played, peer->clean);
    speex_preprocess_run(peer->preprocess, peer->clean);
}
