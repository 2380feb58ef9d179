import CALSA
import Glibc

/// One direction of an ALSA device: opened without blocking, configured as near to the engine's format as it can be.
///
/// Formats, channels and rates that the device has and the engine does not are converted by who uses it.
final class ALSAStream {
    enum Direction { case capture, playback }

    let pcm: OpaquePointer
    /// In Hz; frames that the device moves while the engine moves one period.
    let rate: Int
    let framesPerPeriod: Int
    let channels: Int
    let format: SampleFormat
    /// Frames that the device's own buffer holds, and what it moves at a time.
    let bufferFrames: Int
    let devicePeriodFrames: Int
    /// Interleaved, in the device's format, room for two periods.
    let raw: UnsafeMutableRawBufferPointer

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
            // A device that starts by itself does so with the loudspeaker's lead; the microphone is started.
            let start = isCapture ? nil : Self.leadFrames(hardware, frames)
            try Self.setWakeUp(opened, frames: frames, start: start)
            pcm = opened
            rate = hardware.rate
            channels = hardware.channels
            self.format = hardware.format
            framesPerPeriod = frames
            bufferFrames = hardware.bufferFrames
            devicePeriodFrames = hardware.periodFrames
            leadFrames = Self.leadFrames(hardware, frames)
            raw = .allocate(byteCount: frames * 2 * hardware.channels * hardware.format.bytesPerSample, alignment: 16)
            raw.initializeMemory(as: UInt8.self, repeating: 0)
        } catch {
            snd_pcm_close(opened)
            throw .failed(isCapture ? .configureCapture : .configurePlayback, code: -error.code)
        }
    }

    deinit {
        snd_pcm_close(pcm)
        raw.deallocate()
    }

    var mostFrames: Int { framesPerPeriod * 2 }
    var frameBytes: Int { channels * format.bytesPerSample }

    /// Frames of silence that the loudspeaker starts with: one period to play while the next is awaited, and one to be late in.
    let leadFrames: Int

    private static func leadFrames(_ hardware: Hardware, _ frames: Int) -> Int {
        max(frames, min(max(hardware.periodFrames, frames) + frames, hardware.bufferFrames - frames))
    }

    /// Makes the stream ready to start again after an interruption or a suspend.
    func prepare() -> Int32 {
        if snd_pcm_state(pcm) == SND_PCM_STATE_SUSPENDED { _ = snd_pcm_resume(pcm) }
        return snd_pcm_prepare(pcm)
    }

    /// Whether an error means that samples were lost but the device is still there.
    static func isInterruption(_ code: Int) -> Bool { code == -Int(EPIPE) || code == -Int(ESTRPIPE) }
}

// MARK: - Configuring

extension ALSAStream {
    private struct Hardware {
        var rate: Int
        var channels: Int
        var format: SampleFormat
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

    /// Multiples of the engine's rate first: they are converted best.
    private static let otherRates: [UInt32] = [48_000, 32_000, 44_100, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000]

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
        guard
            let sampleFormat = SampleFormat.allCases.first(where: { snd_pcm_hw_params_test_format(pcm, parameters, $0.alsa) == 0 }
            )
        else { throw Refusal(code: -EINVAL) }
        try check(snd_pcm_hw_params_set_format(pcm, parameters, sampleFormat.alsa))
        var channels = [UInt32(1), 2].first { snd_pcm_hw_params_test_channels(pcm, parameters, $0) == 0 } ?? 2
        try check(snd_pcm_hw_params_set_channels_near(pcm, parameters, &channels))

        let rates = [UInt32(format.sampleRate)] + otherRates
        var rate = rates.first { snd_pcm_hw_params_test_rate(pcm, parameters, $0, 0) == 0 } ?? 48_000
        try check(snd_pcm_hw_params_set_rate_near(pcm, parameters, &rate, nil))
        var period = snd_pcm_uframes_t(rate) * snd_pcm_uframes_t(format.framesPerPeriod) / snd_pcm_uframes_t(format.sampleRate)
        try check(snd_pcm_hw_params_set_period_size_near(pcm, parameters, &period, nil))
        var buffer = period * snd_pcm_uframes_t(bufferPeriods)
        try check(snd_pcm_hw_params_set_buffer_size_near(pcm, parameters, &buffer))
        try check(snd_pcm_hw_params(pcm, parameters))
        guard rate > 0, channels > 0, period > 0, buffer >= period else { throw Refusal(code: -EINVAL) }
        return Hardware(
            rate: Int(rate), channels: Int(channels), format: sampleFormat, periodFrames: Int(period),
            bufferFrames: Int(buffer))
    }

    /// Wakes who waits once per period of the engine; stops when it runs dry. Without `start` frames it does not start by itself.
    private static func setWakeUp(_ pcm: OpaquePointer, frames: Int, start: Int?) throws(Refusal) {
        var allocated: OpaquePointer?
        try check(snd_pcm_sw_params_malloc(&allocated))
        guard let parameters = allocated else { throw Refusal(code: -ENOMEM) }
        defer { snd_pcm_sw_params_free(parameters) }
        try check(snd_pcm_sw_params_current(pcm, parameters))
        var boundary: snd_pcm_uframes_t = 0
        try check(snd_pcm_sw_params_get_boundary(parameters, &boundary))
        try check(snd_pcm_sw_params_set_avail_min(pcm, parameters, snd_pcm_uframes_t(frames)))
        // PulseAudio's plug-in takes it for what must lie in its buffer before sound goes on after a gap: not more than the lead.
        try check(snd_pcm_sw_params_set_start_threshold(pcm, parameters, start.map { snd_pcm_uframes_t($0) } ?? boundary))
        try check(snd_pcm_sw_params(pcm, parameters))
    }
}
