import CSpeexDSP

/// What stands between the microphone and the network: echo canceller, noise suppression, gain.
///
/// Alignment lays what was played beside what was captured, SpeexDSP's adaptive filter takes the echo out, and what it leaves is
/// suppressed together with noise. Belongs to the audio thread.
final class EchoPath {
    private let frames: Int
    private let sampleRate: Int
    private let alignment: EchoAlignment?
    /// The filter in use: the one that was made first, or the trial's longer one, where the room asked for it.
    private var filter: AdaptiveFilter?
    private let first: AdaptiveFilter?
    private let trial: TailTrial?
    private let tail: Int
    private let longestTail: Int
    private let suppressor: ResidualEchoSuppressor?
    private let gainControl: OpaquePointer?
    private let microphoneGain: Float
    /// The filter's blocks: twice a period halves its cost and leaves less echo than blocks of one; it costs a period of delay.
    private static let blockPeriods = 2
    private var phase = 0
    private let block: UnsafeMutablePointer<Int16>
    private let reference: UnsafeMutablePointer<Int16>
    private let silence: UnsafeMutablePointer<Float>
    private let input: UnsafeMutablePointer<Float>
    private let result: UnsafeMutablePointer<Float>
    private let clean: UnsafeMutablePointer<Int16>

    /// Periods for which the loudspeaker's last sound may still be heard.
    private var farHold = 0
    private static let hold = 30
    /// Mean square from which the loudspeaker is taken to sound: −57 dBFS.
    private static let audible: Float = 2_000
    private var meter = EchoMeter()

    init(_ settings: VoiceSettings) {
        frames = settings.framesPerPeriod
        sampleRate = settings.sampleRate
        microphoneGain = Gain.factor(settings.microphoneGain)
        let size = frames * Self.blockPeriods
        first = settings.echoTail > 0 ? AdaptiveFilter(block: size, tail: settings.sampleRate * settings.echoTail / 1_000) : nil
        filter = first
        tail = settings.echoTail
        longestTail = max(settings.echoTail, settings.longestEchoTail)
        trial =
            filter != nil && longestTail > tail
            ? AdaptiveFilter(block: size, tail: settings.sampleRate * longestTail / 1_000).map(TailTrial.init) : nil
        alignment = filter == nil ? nil : EchoAlignment(sampleRate: settings.sampleRate, frames: frames)
        suppressor =
            filter != nil || settings.noiseSuppression > 0
            ? ResidualEchoSuppressor(
                sampleRate: settings.sampleRate, frames: frames, noiseSuppression: Gain.factor(-settings.noiseSuppression)) : nil
        if settings.automaticGain {
            gainControl = speex_preprocess_state_init(Int32(frames), Int32(settings.sampleRate))
            var (on, off): (Int32, Int32) = (1, 0)
            speex_preprocess_ctl(gainControl, SPEEX_PREPROCESS_SET_DENOISE, &off)
            speex_preprocess_ctl(gainControl, SPEEX_PREPROCESS_SET_AGC, &on)
        } else {
            gainControl = nil
        }
        block = .allocate(capacity: size)
        block.initialize(repeating: 0, count: size)
        reference = .allocate(capacity: size)
        reference.initialize(repeating: 0, count: size)
        silence = .zeros(frames)
        input = .zeros(frames)
        result = .zeros(frames)
        clean = .allocate(capacity: frames)
        clean.initialize(repeating: 0, count: frames)
    }

    deinit {
        if let gainControl { speex_preprocess_state_destroy(gainControl) }
        block.deallocate()
        reference.deallocate()
        silence.deallocate()
        input.deallocate()
        result.deallocate()
        clean.deallocate()
    }

    /// Samples by which what `process` returns is later than what it was given.
    var latency: Int {
        (filter == nil ? 0 : (Self.blockPeriods - 1) * frames) + (suppressor == nil ? 0 : frames)
            + (gainControl == nil ? 0 : frames)
    }

    /// One period from the microphone, made fit to be sent. Valid until the next call.
    ///
    /// `delay` is in samples from the loudspeaker's buffer to the microphone's; 0 where unknown.
    func process(_ captured: UnsafeBufferPointer<Int16>, delay: Int) -> UnsafePointer<Int16> {
        guard let source = captured.baseAddress, captured.count >= frames else { return UnsafePointer(clean) }
        if let filter, let alignment, let suppressor {
            cancel(source, delay, filter, alignment, suppressor)
            for index in 0..<frames { clean[index] = Int16(saturating: result[index]) }
        } else if let suppressor {
            for index in 0..<frames { input[index] = Float(source[index]) }
            suppressor.process(input, silence, isFarLoud: false, into: result)
            for index in 0..<frames { clean[index] = Int16(saturating: result[index]) }
        } else {
            clean.update(from: source, count: frames)
        }
        if let gainControl { speex_preprocess_run(gainControl, clean) }
        if microphoneGain != 1 {
            for index in 0..<frames { clean[index] = Int16(saturating: Float(clean[index]) * microphoneGain) }
        }
        return UnsafePointer(clean)
    }

    private func cancel(
        _ source: UnsafePointer<Int16>, _ delay: Int, _ filter: AdaptiveFilter, _ alignment: EchoAlignment,
        _ suppressor: ResidualEchoSuppressor
    ) {
        let place = phase * frames
        alignment.align(source, delay: delay, filterWorks: suppressor.works, into: reference + place)
        var energy: Float = 0
        for index in 0..<frames {
            let sample = Float(reference[place + index])
            energy += sample * sample
            block[place + index] = source[index]
        }
        farHold = energy > Float(frames) * Self.audible ? Self.hold : max(0, farHold - 1)
        phase += 1
        if phase == Self.blockPeriods {
            phase = 0
            filter.process(block, reference)
            tryLongerTail(filter, suppressor)
        }
        // The first half of a block follows on its completion, the second a period later.
        let half = phase * frames
        let used = self.filter ?? filter
        suppressor.process(used.error + half, used.estimate + half, isFarLoud: farHold > 0, into: result)
        meter.count(source, result, frames, isEcho: farHold > Self.hold / 2, isNear: suppressor.nearPresence > 0.5)
    }

    /// Nothing is freed here: `first` and the trial keep both filters.
    private func tryLongerTail(_ filter: AdaptiveFilter, _ suppressor: ResidualEchoSuppressor) {
        guard let trial, trial.filter !== filter else { return }
        let isEcho = farHold == Self.hold && suppressor.works && suppressor.nearPresence < 0.5
        if trial.run(block, reference, error: filter.error, isEcho: isEcho) { self.filter = trial.filter }
    }

    /// What goes to the loudspeaker now.
    func played(_ samples: UnsafeMutableBufferPointer<Int16>) {
        guard let start = samples.baseAddress else { return }
        alignment?.played(start, samples.count)
    }

    /// What was learnt since the last look.
    func takeFigures() -> EchoFigures {
        var figures = meter.take()
        figures.delay = alignment?.delay ?? 0
        figures.drift = alignment?.drift ?? 0
        figures.tail = Float(filter == nil ? 0 : trial?.filter === filter ? longestTail : tail)
        figures.isHowling = suppressor?.isHowling ?? false
        return figures
    }
}

extension Int16 {
    /// The nearest sample; what is no number is full scale. Written so that it calls no function of the C library.
    init(saturating value: Float) {
        let bounded = Swift.max(-32_768, Swift.min(32_767, value))
        self.init(bounded + (bounded < 0 ? -0.499_99 : 0.499_99))
    }
}
