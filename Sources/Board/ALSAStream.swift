import CALSA
import Glibc

/// One direction of an ALSA device: opened without blocking, configured as near to the engine's format as it can be.
///
/// 16-bit samples, one channel or two, the engine's rate or the best that the device has; the rest is converted by who uses it.
final class ALSAStream {
    enum Direction { case capture, playback }

    let pcm: OpaquePointer
    /// In Hz; frames that the device moves while the engine moves one period.
    let rate: Int
    let framesPerPeriod: Int
    let channels: Int
    /// Frames that the device's own buffer holds, and what it moves at a time.
    let bufferFrames: Int
    let devicePeriodFrames: Int
    /// Interleaved, room for two periods.
    let samples: UnsafeMutableBufferPointer<Int16>

    init(device: String, direction: Direction, format: SoundFormat) throws(SoundCardError) {
        calsa_be_quiet()
        let isCapture = direction == .capture
        var opened: OpaquePointer?
        let stream = isCapture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK
        let code = snd_pcm_open(&opened, device, stream, Int32(SND_PCM_NONBLOCK))
        guard code >= 0, let opened else { throw .failed(isCapture ? .openCapture : .openPlayback, code: -code) }
        do throws(Refusal) {
            let hardware = try Self.configure(opened, format: format, bufferPeriods: isCapture ? 8 : 4)
            let frames = max(1, (hardware.rate * format.framesPerPeriod + format.sampleRate / 2) / format.sampleRate)
            try Self.setWakeUp(opened, frames: frames)
            pcm = opened
            rate = hardware.rate
            channels = hardware.channels
            framesPerPeriod = frames
            bufferFrames = hardware.bufferFrames
            devicePeriodFrames = hardware.periodFrames
            samples = .allocate(capacity: framesPerPeriod * 2 * hardware.channels)
            samples.initialize(repeating: 0)
        } catch {
            snd_pcm_close(opened)
            throw .failed(isCapture ? .configureCapture : .configurePlayback, code: -error.code)
        }
    }

    deinit {
        snd_pcm_close(pcm)
        samples.deallocate()
    }

    /// Makes the stream ready to start again after an interruption or a suspend.
    func prepare() -> Int32 {
        if snd_pcm_state(pcm) == SND_PCM_STATE_SUSPENDED { _ = snd_pcm_resume(pcm) }
        return snd_pcm_prepare(pcm)
    }

    /// Whether an error means that samples were lost but the device is still there.
    static func isInterruption(_ code: Int) -> Bool { code == -Int(EPIPE) || code == -Int(ESTRPIPE) }

    private struct Hardware {
        var rate: Int
        var channels: Int
        var periodFrames: Int
        var bufferFrames: Int
    }

    /// ALSA's negative error.
    private struct Refusal: Error {
        var code: Int32
    }

    private static func check(_ code: Int32) throws(Refusal) {
        if code < 0 { throw Refusal(code: code) }
    }

    private static func configure(
        _ pcm: OpaquePointer, format: SoundFormat, bufferPeriods: UInt
    ) throws(Refusal) -> Hardware {
        var allocated: OpaquePointer?
        try check(snd_pcm_hw_params_malloc(&allocated))
        guard let parameters = allocated else { throw Refusal(code: -ENOMEM) }
        defer { snd_pcm_hw_params_free(parameters) }
        try check(snd_pcm_hw_params_any(pcm, parameters))
        // Rates are converted here, by one resampler of known quality and delay.
        try check(snd_pcm_hw_params_set_rate_resample(pcm, parameters, 0))
        try check(snd_pcm_hw_params_set_access(pcm, parameters, SND_PCM_ACCESS_RW_INTERLEAVED))
        try check(snd_pcm_hw_params_set_format(pcm, parameters, SND_PCM_FORMAT_S16_LE))
        let channels: UInt32 = snd_pcm_hw_params_test_channels(pcm, parameters, 1) == 0 ? 1 : 2
        try check(snd_pcm_hw_params_set_channels(pcm, parameters, channels))

        let preferred = [UInt32(format.sampleRate), 48_000, 32_000, 44_100]
        var rate = preferred.first { snd_pcm_hw_params_test_rate(pcm, parameters, $0, 0) == 0 } ?? 48_000
        try check(snd_pcm_hw_params_set_rate_near(pcm, parameters, &rate, nil))
        var period = snd_pcm_uframes_t(rate) * snd_pcm_uframes_t(format.framesPerPeriod) / snd_pcm_uframes_t(format.sampleRate)
        try check(snd_pcm_hw_params_set_period_size_near(pcm, parameters, &period, nil))
        var buffer = period * snd_pcm_uframes_t(bufferPeriods)
        try check(snd_pcm_hw_params_set_buffer_size_near(pcm, parameters, &buffer))
        try check(snd_pcm_hw_params(pcm, parameters))
        return Hardware(rate: Int(rate), channels: Int(channels), periodFrames: Int(period), bufferFrames: Int(buffer))
    }

    /// Wakes who waits once per period of the engine; never starts by itself, stops when it runs dry.
    private static func setWakeUp(_ pcm: OpaquePointer, frames: Int) throws(Refusal) {
        var allocated: OpaquePointer?
        try check(snd_pcm_sw_params_malloc(&allocated))
        guard let parameters = allocated else { throw Refusal(code: -ENOMEM) }
        defer { snd_pcm_sw_params_free(parameters) }
        try check(snd_pcm_sw_params_current(pcm, parameters))
        var boundary: snd_pcm_uframes_t = 0
        try check(snd_pcm_sw_params_get_boundary(parameters, &boundary))
        try check(snd_pcm_sw_params_set_avail_min(pcm, parameters, snd_pcm_uframes_t(frames)))
        try check(snd_pcm_sw_params_set_start_threshold(pcm, parameters, boundary))
        try check(snd_pcm_sw_params(pcm, parameters))
    }
}
