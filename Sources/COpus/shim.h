#include <stddef.h>
#include <opus/opus.h>

// Swift does not call functions of variable arguments: the few controls that are used, each by its name.
static inline int copus_set_bitrate(OpusEncoder *encoder, int bits) { return opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bits)); }
static inline int copus_set_bandwidth(OpusEncoder *encoder, int band) { return opus_encoder_ctl(encoder, OPUS_SET_MAX_BANDWIDTH(band)); }
static inline int copus_set_variable(OpusEncoder *encoder, int on) { return opus_encoder_ctl(encoder, OPUS_SET_VBR(on)); }
static inline int copus_set_fec(OpusEncoder *encoder, int on) { return opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(on)); }
static inline int copus_set_loss(OpusEncoder *encoder, int percent) { return opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(percent)); }
static inline int copus_set_dtx(OpusEncoder *encoder, int on) { return opus_encoder_ctl(encoder, OPUS_SET_DTX(on)); }
static inline int copus_set_complexity(OpusEncoder *encoder, int level) { return opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(level)); }
static inline int copus_set_voice(OpusEncoder *encoder) { return opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)); }
static inline int copus_reset_encoder(OpusEncoder *encoder) { return opus_encoder_ctl(encoder, OPUS_RESET_STATE); }
static inline int copus_reset_decoder(OpusDecoder *decoder) { return opus_decoder_ctl(decoder, OPUS_RESET_STATE); }

// Whether a packet has a low-rate copy of the one before it: RFC 6716 §3.1 and §4.2.3. Only SILK has copies. A first frame
// begins with one bit of voice activity for each of its 20 ms, then the bit of the copy; then the same of the side channel.
static inline int copus_carries_copy(const unsigned char *packet, opus_int32 size) {
    const unsigned char *frames[48];
    opus_int16 sizes[48];
    if (opus_packet_parse(packet, size, NULL, frames, sizes, NULL) <= 0 || (packet[0] & 0x80) != 0 || sizes[0] < 1) return 0;
    int parts = opus_packet_get_samples_per_frame(packet, 48000) / 960;
    if (parts < 1) parts = 1;
    if (frames[0][0] >> (7 - parts) & 1) return 1;
    return opus_packet_get_nb_channels(packet) == 2 && (frames[0][0] >> (6 - 2 * parts) & 1);
}
