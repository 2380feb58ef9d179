// Opus by libopus, 20 ms at 24 kbit/s with in-band FEC for 10 % of loss, speech of 16 kHz.
//
//   opus encode IN.wav OUT.frames             each frame after two bytes of its length, the lower first
//   opus decode IN.frames LOST OUT.wav        LOST: a character for each frame, 1 is lost; FEC from the next frame if that came
#include <opus/opus.h>

#include "wav.h"

enum { RATE = 16000, PERIOD = RATE / 50, MOST = 1275 };

static void encode(const char *in, const char *out) {
    wav speech = wav_read(in);
    int error;
    OpusEncoder *encoder = opus_encoder_create(RATE, 1, OPUS_APPLICATION_VOIP, &error);
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(24000));
    opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1));
    opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(10));
    FILE *file = fopen(out, "wb");
    if (!file) wav_fail(out, "cannot be written");
    for (size_t at = 0; at + PERIOD <= speech.count; at += PERIOD) {
        uint8_t frame[MOST];
        int size = opus_encode(encoder, speech.samples + at, PERIOD, frame, MOST);
        fputc(size & 0xff, file);
        fputc(size >> 8, file);
        fwrite(frame, 1, (size_t)size, file);
    }
    fclose(file);
}

static void add(OpusDecoder *decoder, const uint8_t *frame, int size, int before, wav *speech) {
    if (opus_decode(decoder, frame, size, speech->samples + speech->count, PERIOD, before) != PERIOD) wav_fail("opus", "cannot decode");
    speech->count += PERIOD;
}

static void decode(const char *in, const char *lost, const char *out) {
    FILE *file = fopen(in, "rb"), *losses = fopen(lost, "r");
    if (!file || !losses) wav_fail(in, "cannot be read");
    int error, low, missing = 0;
    OpusDecoder *decoder = opus_decoder_create(RATE, 1, &error);
    wav speech = {RATE, 0, NULL};
    while ((low = fgetc(file)) >= 0) {
        uint8_t frame[MOST];
        size_t size = (size_t)(low | fgetc(file) << 8);
        if (size > MOST || fread(frame, 1, size, file) != size) wav_fail(in, "broken");
        speech.samples = realloc(speech.samples, (speech.count + (size_t)(missing + 1) * PERIOD) * 2);
        if (fgetc(losses) == '1') {
            missing++;
            continue;
        }
        for (; missing > 1; missing--) add(decoder, NULL, 0, 0, &speech);
        if (missing == 1) add(decoder, frame, (int)size, 1, &speech);
        add(decoder, frame, (int)size, 0, &speech);
        missing = 0;
    }
    wav_write(out, speech);
}

int main(int argc, char **argv) {
    if (argc == 4 && !strcmp(argv[1], "encode"))
        encode(argv[2], argv[3]);
    else if (argc == 5 && !strcmp(argv[1], "decode"))
        decode(argv[2], argv[3], argv[4]);
    else
        wav_fail("opus", "wants encode IN.wav OUT.frames, or decode IN.frames LOST OUT.wav");
    return 0;
}
