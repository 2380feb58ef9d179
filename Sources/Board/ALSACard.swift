import Base
import Glibc

/// A real sound card, or whatever ALSA calls one: `default`, `hw:CARD=Device,DEV=0`, `plughw:…`, `pulse`.
///
/// Microphone and loudspeaker may be two devices with two clocks. The microphone's leads; what is played is stretched until
/// the loudspeaker's agrees. A device that is silent for three seconds or says that it is gone is lost.
///
/// `@unchecked`: a card belongs to one thread, which `SoundCard` says; only `problems` is for all, and has a lock.
public final class ALSACard: SoundCard, @unchecked Sendable {
    public let name: String
    private let captureDevice: String
    private let playbackDevice: String
    private let mixer: ALSAMixer?
    private let time: any MonotonicTime
    private var format = SoundFormat(sampleRate: 16_000)
    private var capture: ALSACapture?
    private var playback: ALSAPlayback?
    private var fill: FillControl
    private var trouble = SoundCardPeriod.State.running
    private var latePeriods = 0
    private var periods: UInt = 0
    private var delay = 0
    public private(set) var figures = SoundCardFigures()
    private var earliestNext = Instant()

    private static let patience: Duration = .seconds(3)
    /// After so many periods without the microphone, both sides start anew.
    private static let longPause = 4
    /// What shall still lie in the loudspeaker's buffer when the next period comes, in seconds: that late may the thread be.
    private static let margin = 0.006

    /// `levels` are the mixer's, set whenever the card is opened.
    public init(
        capture: String, playback: String, levels: [MixerLevel] = [], time: any MonotonicTime = KernelTime()
    ) {
        name = capture == playback ? capture : "\(capture), \(playback)"
        captureDevice = capture
        playbackDevice = playback
        mixer = levels.isEmpty ? nil : ALSAMixer(devices: capture == playback ? [playback] : [playback, capture], levels)
        self.time = time
        fill = FillControl(period: 0.01, margin: Self.margin)
    }

    public func open(_ format: SoundFormat) throws(SoundCardError) {
        close()
        self.format = format
        let playback = try ALSAPlayback(device: playbackDevice, format: format)
        let capture = try ALSACapture(device: captureDevice, format: format)
        mixer?.apply()
        var code = playback.start()
        if code >= 0 { code = capture.start() }
        guard code >= 0 else { throw .failed(.start, code: -code) }
        self.playback = playback
        self.capture = capture
        fill = FillControl(period: period.inSeconds, margin: Self.margin)
        figures = SoundCardFigures()
        trouble = .running
        latePeriods = 0
        periods = 0
        earliestNext = time.now
    }

    public var problems: [String] { mixer?.problems ?? [] }

    public func capture(into samples: UnsafeMutableBufferPointer<Int16>) -> SoundCardPeriod {
        guard let capture else {
            samples.update(repeating: 0)
            return SoundCardPeriod(.lost(.failed(.capture, code: ENODEV)))
        }
        limitPace()
        measureDelay()
        // Devices come in bursts, so the first time is waited longer; then silence goes on at the engine's pace.
        let deadline = time.now + (latePeriods == 0 ? .milliseconds(60) : period)
        switch capture.read(into: samples, time: time, until: deadline) {
        case .ready:
            if latePeriods > Self.longPause { catchUp() }
            latePeriods = 0
        case .late:
            samples.update(repeating: 0)
            latePeriods += 1
            if latePeriods == 1 { note(.interrupted(Interruptions(capture: 1))) }
            if period * latePeriods > Self.patience { note(.lost(.failed(.capture, code: ETIMEDOUT))) }
        case .interrupted:
            samples.update(repeating: 0)
            note(.interrupted(Interruptions(capture: 1)))
            fill.restart(ranDry: false)
        case .lost(let code):
            samples.update(repeating: 0)
            note(.lost(.failed(.capture, code: code)))
        }
        defer { trouble = .running }
        return SoundCardPeriod(trouble, delay: delay)
    }

    public func play(_ samples: UnsafeBufferPointer<Int16>) {
        guard let playback, let capture else { return }
        let queued = playback.queuedSeconds
        // While nothing comes from the microphone, what lies in the buffers says nothing.
        if queued >= 0, latePeriods == 0, fill.note(fill: queued + capture.waitingSeconds, ahead: queued) {
            return note(.interrupted(Interruptions(playback: 1)))
        }
        switch playback.write(samples, stretch: fill.stretch) {
        case .ready: break
        case .ranDry:
            note(.interrupted(Interruptions(playback: 1)))
            fill.restart(ranDry: true)
        case .full:
            // While nothing comes, nothing is said that could be lost.
            guard latePeriods == 0 else { return }
            note(.interrupted(Interruptions(playback: 1)))
            fill.restart(ranDry: false)
        case .lost(let code): note(.lost(.failed(.play, code: code)))
        }
    }

    /// The devices stood still, and one may have gone on before the other: what is old goes, and both begin anew.
    private func catchUp() {
        capture?.discardAll()
        if let code = playback?.start(), code < 0 { note(.lost(.failed(.play, code: -code))) }
        fill.restart(ranDry: false)
    }

    public func close() {
        capture = nil
        playback = nil
    }

    private var period: Duration { .nanoseconds(Int64(format.framesPerPeriod) * 1_000_000_000 / Int64(format.sampleRate)) }

    /// What the next `capture` tells: the worst of what happened since the last.
    private func note(_ state: SoundCardPeriod.State) {
        switch (trouble, state) {
        case (.lost, _): break
        case (.interrupted(let count), .interrupted(let more)): trouble = .interrupted(count + more)
        default: trouble = state
        }
    }

    /// A device that never makes anybody wait (`null`, or one that is broken) must not take the processor for itself.
    private func limitPace() {
        let now = time.now
        if earliestNext > now { time.sleep(until: earliestNext) }
        earliestNext = max(earliestNext, now - .milliseconds(100)) + period * 9 / 10
    }

    /// Asking costs a call to the kernel, and the answer changes slowly.
    private func measureDelay() {
        periods &+= 1
        guard periods % 16 == 1, let capture, let playback else { return }
        let ahead = playback.delaySeconds
        let behind = capture.waitingSeconds
        delay = Int(((ahead + behind) * Double(format.sampleRate)).rounded())
        // A period is handed over when its last sample is there: its first has then waited for a period.
        figures.captureDelay = Float((behind + period.inSeconds) * 1_000)
        figures.playbackDelay = Float(ahead * 1_000)
        figures.drift = Float(-fill.stretch * 1e6)
    }
}
