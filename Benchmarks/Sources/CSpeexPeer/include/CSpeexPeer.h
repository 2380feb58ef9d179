// What SpeexDSP itself costs in a call: its calls and nothing else, on the same sound as the engine's.
#pragma once
#include <stdint.h>

typedef struct speex_peer speex_peer;

speex_peer *speex_peer_new(int rate, int frame, int tail, int suppression);
void speex_peer_free(speex_peer *peer);

/// One period: a packet into the jitter buffer and out of it every second time, echo cancelled, residue and noise suppressed.
void speex_peer_period(speex_peer *peer, const int16_t *captured, const int16_t *played, const uint8_t *packet, uint32_t timestamp);
