// Plain SpeexDSP as its manual has it: MDF of 128 ms, and speex_preprocess with its residual echo suppression and denoiser.
//
//   mdf FAR.wav MIC.wav OUT.wav DELAY
//
// Periods of 10 ms. DELAY, in ms, is what a careful user would know: the buffering of the sound card when it was opened. It is taken
// out of the reference, rounded down to whole periods less one, so that the echo falls well inside of the tail; it stays as it is.
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>

#include "wav.h"

int main(int argc, char **argv) {
    if (argc != 5) wav_fail("mdf", "wants FAR.wav MIC.wav OUT.wav DELAY");
    wav far = wav_read(argv[1]), mic = wav_read(argv[2]);
    int rate = mic.rate, period = rate / 100, periods = atoi(argv[4]) / 10 - 1;
    size_t delay = (size_t)(periods > 0 ? periods : 0) * (size_t)period;

    SpeexEchoState *echo = speex_echo_state_init(period, rate * 128 / 1000);
    speex_echo_ctl(echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    SpeexPreprocessState *post = speex_preprocess_state_init(period, rate);
    int on = 1;
    speex_preprocess_ctl(post, SPEEX_PREPROCESS_SET_ECHO_STATE, echo);
    speex_preprocess_ctl(post, SPEEX_PREPROCESS_SET_DENOISE, &on);

    int16_t *reference = calloc((size_t)period, 2);
    for (size_t at = 0; at + (size_t)period <= mic.count; at += (size_t)period) {
        for (int i = 0; i < period; i++) {
            size_t from = at + (size_t)i;
            reference[i] = from >= delay && from - delay < far.count ? far.samples[from - delay] : 0;
        }
        int16_t out[480];
        speex_echo_cancellation(echo, mic.samples + at, reference, out);
        speex_preprocess_run(post, out);
        memcpy(mic.samples + at, out, (size_t)period * 2);
    }
    wav_write(argv[3], mic);
    return 0;
}
