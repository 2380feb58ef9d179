/// The echo path of a call over recordings: what was played and what the microphone heard of it, in and out of files.
///
/// For tools and tests; the code that cancels is the audio thread's own.
public struct EchoTrial {
    private let path: EchoPath
    private let settings: VoiceSettings
    private let cardDelay: Int

    /// `settings` says how the canceller is built: rate, tail, noise suppression.
    /// `cardDelay` is what the sound card would tell, in samples; 0 where unknown.
    public init(_ settings: VoiceSettings, cardDelay: Int = 0) {
        self.settings = settings
        self.cardDelay = cardDelay
        path = EchoPath(settings)
    }

    /// What would have been sent, in place with `microphone`, and the figures of every second.
    ///
    /// Both recordings began at once and have the engine's rate; what was played may be shorter.
    public func run(played: [Int16], microphone: [Int16]) -> (sent: [Int16], seconds: [EchoFigures]) {
        let frames = settings.framesPerPeriod
        let periodsPerSecond = max(1, settings.sampleRate / frames)
        var sent: [Int16] = []
        var seconds: [EchoFigures] = []
        sent.reserveCapacity(microphone.count + path.latency + frames)
        let loudspeaker = UnsafeMutableBufferPointer<Int16>.allocate(capacity: frames)
        let captured = UnsafeMutableBufferPointer<Int16>.allocate(capacity: frames)
        defer {
            loudspeaker.deallocate()
            captured.deallocate()
        }
        var period = 0
        while sent.count < microphone.count + path.latency {
            let start = period * frames
            for index in 0..<frames {
                loudspeaker[index] = start + index < played.count ? played[start + index] : 0
                captured[index] = start + index < microphone.count ? microphone[start + index] : 0
            }
            path.played(loudspeaker)
            sent.append(
                contentsOf: UnsafeBufferPointer(
                    start: path.process(UnsafeBufferPointer(captured), delay: cardDelay), count: frames))
            period += 1
            if period % periodsPerSecond == 0, start + frames <= microphone.count { seconds.append(path.takeFigures()) }
        }
        return (Array(sent[path.latency..<path.latency + microphone.count]), seconds)
    }
}
