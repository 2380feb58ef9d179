// WebRTC audio processing 1.3: AEC3 (with the high-pass it enforces) and noise suppression at its default level.
//
//   aec3 FAR.wav MIC.wav OUT.wav
//
// It finds the delay itself.
#include <modules/audio_processing/include/audio_processing.h>

#include "wav.h"

int main(int argc, char **argv) {
    if (argc != 4) wav_fail("aec3", "wants FAR.wav MIC.wav OUT.wav");
    wav far = wav_read(argv[1]), mic = wav_read(argv[2]);
    size_t period = static_cast<size_t>(mic.rate) / 100;

    rtc::scoped_refptr<webrtc::AudioProcessing> apm(webrtc::AudioProcessingBuilder().Create());
    webrtc::AudioProcessing::Config config;
    config.echo_canceller.enabled = true;
    config.noise_suppression.enabled = true;
    apm->ApplyConfig(config);

    webrtc::StreamConfig stream(mic.rate, 1);
    int16_t *reference = static_cast<int16_t *>(calloc(period, 2));
    for (size_t at = 0; at + period <= mic.count; at += period) {
        for (size_t i = 0; i < period; i++) reference[i] = at + i < far.count ? far.samples[at + i] : 0;
        apm->ProcessReverseStream(reference, stream, stream, reference);
        apm->set_stream_delay_ms(0);
        apm->ProcessStream(mic.samples + at, stream, stream, mic.samples + at);
    }
    wav_write(argv[3], mic);
    return 0;
}
