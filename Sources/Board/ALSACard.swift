import Base
import Glibc

/// A real sound card, or whatever ALSA calls one: `default`, `hw:CARD=Device,DEV=0`, `plughw:…`, `pulse`.
///
/// Microphone and loudspeaker may be two devices. The microphone's clock leads; where the loudspeaker's differs, a period
/// is dropped or some silence is inserted now and then, and counted. A device that is silent for three seconds or says
/// that it is gone is lost.
public final class ALSACard: SoundCard, @unchecked Sendable {
    public let name: String
    private let captureDevice: String
    private let playbackDevice: String
    private let time: any MonotonicTime
    private var format = SoundFormat(sampleRate: 16_000)
    private var capture: ALSACapture?
    private var playback: ALSAPlayback?
    private var trouble = SoundCardPeriod.State.running
    private var latePeriods = 0
    private var periods: UInt = 0
    private var delay = 0
    private var earliestNext = Instant()

    private static let patience: Duration = .seconds(3)

    public init(capture: String, playback: String, time: any MonotonicTime = KernelTime()) {
        name = capture == playback ? capture : "\(capture), \(playback)"
        captureDevice = capture
        playbackDevice = playback
        self.time = time
    }

    public func open(_ format: SoundFormat) throws(SoundCardError) {
        close()
        self.format = format
        let playback = try ALSAPlayback(device: playbackDevice, format: format)
        let capture = try ALSACapture(device: captureDevice, format: format)
        var code = playback.start()
        if code >= 0 { code = capture.start() }
        guard code >= 0 else { throw .failed(.start, code: -code) }
        self.playback = playback
        self.capture = capture
        trouble = .running
        latePeriods = 0
        periods = 0
        earliestNext = time.now
    }

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
            latePeriods = 0
        case .late:
            samples.update(repeating: 0)
            latePeriods += 1
            if latePeriods == 1 { note(.interrupted(1)) }
            if period * latePeriods > Self.patience { note(.lost(.failed(.capture, code: ETIMEDOUT))) }
        case .interrupted:
            samples.update(repeating: 0)
            note(.interrupted(1))
        case .lost(let code):
            samples.update(repeating: 0)
            note(.lost(.failed(.capture, code: code)))
        }
        defer { trouble = .running }
        return SoundCardPeriod(trouble, delay: delay)
    }

    public func play(_ samples: UnsafeBufferPointer<Int16>) {
        switch playback?.write(samples) {
        case .ready, nil: break
        case .interrupted: note(.interrupted(1))
        case .lost(let code): note(.lost(.failed(.play, code: code)))
        }
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
        let ahead = playback.delayFrames * format.sampleRate / max(playback.rate, 1)
        let behind = max(0, capture.waitingFrames) * format.sampleRate / max(capture.rate, 1)
        delay = ahead + behind
    }
}
