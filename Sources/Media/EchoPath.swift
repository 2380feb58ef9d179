import CSpeexDSP

/// What stands between the microphone and the network: echo canceller, noise suppression, gain. SpeexDSP throughout.
///
/// The reference is what was handed to the loudspeaker, delayed by what lies in the card's buffers. Belongs to the audio thread.
final class EchoPath {
    private let frames: Int
    private let echo: OpaquePointer?
    private let preprocess: OpaquePointer?
    private let reference: UnsafeMutablePointer<Int16>
    private let clean: UnsafeMutablePointer<Int16>
    /// All that was played in the last moments: a ring whose size is a power of two.
    private let played: UnsafeMutablePointer<Int16>
    private static let ring = 16_384
    private var written = 0
    private let microphoneGain: Float

    /// Energy of frames with echo in them, before and after, since the last look.
    private var before: Float = 0
    private var after: Float = 0

    init(_ settings: VoiceSettings) {
        frames = settings.framesPerPeriod
        microphoneGain = Gain.factor(settings.microphoneGain)
        var rate = Int32(settings.sampleRate)
        if settings.echoTail > 0 {
            let tail = Int32(settings.sampleRate * settings.echoTail / 1_000)
            echo = speex_echo_state_init(Int32(frames), tail)
            speex_echo_ctl(echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate)
        } else {
            echo = nil
        }
        if echo != nil || settings.noiseSuppression > 0 || settings.automaticGain {
            preprocess = speex_preprocess_state_init(Int32(frames), rate)
            var denoise: Int32 = 1
            // Residual echo is only suppressed with denoise on; 0 dB of it then leaves noise as it is.
            speex_preprocess_ctl(preprocess, SPEEX_PREPROCESS_SET_DENOISE, &denoise)
            var suppression = Int32(-settings.noiseSuppression)
            speex_preprocess_ctl(preprocess, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &suppression)
            var automaticGain: Int32 = settings.automaticGain ? 1 : 0
            speex_preprocess_ctl(preprocess, SPEEX_PREPROCESS_SET_AGC, &automaticGain)
            if let echo { speex_preprocess_ctl(preprocess, SPEEX_PREPROCESS_SET_ECHO_STATE, UnsafeMutableRawPointer(echo)) }
        } else {
            preprocess = nil
        }
        reference = .allocate(capacity: frames)
        reference.initialize(repeating: 0, count: frames)
        clean = .allocate(capacity: frames)
        clean.initialize(repeating: 0, count: frames)
        played = .allocate(capacity: Self.ring)
        played.initialize(repeating: 0, count: Self.ring)
    }

    deinit {
        if let echo { speex_echo_state_destroy(echo) }
        if let preprocess { speex_preprocess_state_destroy(preprocess) }
        reference.deallocate()
        clean.deallocate()
        played.deallocate()
    }

    /// One period from the microphone, made fit to be sent. Valid until the next call.
    ///
    /// `delay` is in samples from the loudspeaker's buffer to the microphone's; 0 where unknown.
    func process(_ captured: UnsafeBufferPointer<Int16>, delay: Int) -> UnsafePointer<Int16> {
        guard let source = captured.baseAddress else { return UnsafePointer(clean) }
        if let echo {
            // The reference leads by a period, so that a delay that was overestimated stays within the filter.
            let lag = min(max(frames, delay - frames), Self.ring - frames)
            for index in 0..<frames { reference[index] = played[(written - lag + index) & (Self.ring - 1)] }
            speex_echo_cancellation(echo, source, reference, clean)
        } else {
            clean.update(from: source, count: frames)
        }
        if let preprocess { speex_preprocess_run(preprocess, clean) }
        if echo != nil { measure(source) }
        if microphoneGain != 1 {
            for index in 0..<frames { clean[index] = Int16(clamping: Int(Float(clean[index]) * microphoneGain)) }
        }
        return UnsafePointer(clean)
    }

    /// What goes to the loudspeaker now.
    func played(_ samples: UnsafeMutableBufferPointer<Int16>) {
        guard echo != nil else { return }
        for index in samples.indices { played[(written + index) & (Self.ring - 1)] = samples[index] }
        written += samples.count
    }

    private func measure(_ captured: UnsafePointer<Int16>) {
        var referenceEnergy: Float = 0
        var captureEnergy: Float = 0
        var cleanEnergy: Float = 0
        for index in 0..<frames {
            referenceEnergy += Float(reference[index]) * Float(reference[index])
            captureEnergy += Float(captured[index]) * Float(captured[index])
            cleanEnergy += Float(clean[index]) * Float(clean[index])
        }
        // Only where the loudspeaker speaks above −50 dBFS or so.
        guard referenceEnergy > Float(frames) * 10_000 else { return }
        before += captureEnergy
        after += cleanEnergy
    }

    /// Samples by which what `process` returns is later than what it was given.
    var latency: Int { preprocess == nil ? 0 : frames }

    /// What was learnt since the last look.
    func takeFigures() -> EchoFigures {
        var figures = EchoFigures()
        if before > 0 { figures.enhancement = Float(10 * csound_log10(Double(before) / Double(max(after, 1)))) }
        (before, after) = (0, 0)
        return figures
    }
}
