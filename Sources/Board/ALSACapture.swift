import Base
import CALSA
import Glibc

/// The microphone's side of an ALSA card: gathers whole periods at the engine's rate.
final class ALSACapture {
    enum Result: Equatable {
        case ready
        /// Nothing came in time.
        case late
        /// Samples were lost; the stream runs again.
        case interrupted
        case lost(Int32)
    }

    private let stream: ALSAStream
    private let resampler: Resampler
    private let engineRate: Int
    /// One period as it came, mono, at the device's rate.
    private let mono: UnsafeMutableBufferPointer<Int16>
    /// Samples at the engine's rate that wait for a whole period.
    private let gathered: UnsafeMutableBufferPointer<Int16>
    private var count = 0
    /// More periods than this in the device's buffer are old: somebody did not read, and the delay must not stay.
    private static let mostWaiting = 5

    init(device: String, format: SoundFormat) throws(SoundCardError) {
        stream = try ALSAStream(device: device, direction: .capture, format: format)
        guard let resampler = Resampler(from: stream.rate, to: format.sampleRate) else {
            throw .failed(.configureCapture, code: EINVAL)
        }
        self.resampler = resampler
        engineRate = format.sampleRate
        mono = .allocate(capacity: stream.mostFrames)
        mono.initialize(repeating: 0)
        gathered = .allocate(capacity: format.framesPerPeriod * 4)
        gathered.initialize(repeating: 0)
    }

    deinit {
        mono.deallocate()
        gathered.deallocate()
    }

    func start() -> Int32 {
        count = 0
        let code = stream.prepare()
        return code < 0 ? code : snd_pcm_start(stream.pcm)
    }

    /// Seconds of sound that the device and we have and the engine has not. Asks the device where it is.
    var waitingSeconds: Double {
        Double(max(0, snd_pcm_avail(stream.pcm))) / Double(stream.rate) + Double(count) / Double(engineRate)
    }

    /// Fills one period, waiting at most until `deadline`.
    ///
    /// It sleeps by the clock rather than in `snd_pcm_wait`, which spins on PulseAudio's plug-in and then forgets its time-out.
    func read(into samples: UnsafeMutableBufferPointer<Int16>, time: any MonotonicTime, until deadline: Instant) -> Result {
        var hasSlept = false
        while count < samples.count {
            let waiting = Int(snd_pcm_avail(stream.pcm))
            if waiting < 0 { return recover(waiting) }
            if waiting > (stream.framesPerPeriod + stream.devicePeriodFrames) * Self.mostWaiting { discard(waiting) }
            if waiting < stream.framesPerPeriod {
                let now = time.now
                guard now < deadline else { return .late }
                // A device that moves in jumps is not there yet when it should be: then it is asked every millisecond.
                let pause = hasSlept ? 1_000_000 : Int64(stream.framesPerPeriod - waiting) * 1_000_000_000 / Int64(stream.rate)
                time.sleep(until: min(deadline, now + .nanoseconds(max(pause, 500_000))))
                hasSlept = true
                continue
            }
            let frames = snd_pcm_readi(stream.pcm, stream.raw.baseAddress, snd_pcm_uframes_t(stream.framesPerPeriod))
            if frames == -Int(EAGAIN) { return .late }
            if frames < 0 { return recover(Int(frames)) }
            gather(Int(frames))
        }
        _ = samples.update(fromContentsOf: gathered[..<samples.count])
        count -= samples.count
        if count > 0, let start = gathered.baseAddress { start.update(from: start + samples.count, count: count) }
        return .ready
    }

    private func gather(_ frames: Int) {
        guard let raw = stream.raw.baseAddress, let start = mono.baseAddress else { return }
        stream.format.decode(raw, frames: frames, channels: stream.channels, into: start)
        let (_, produced) = resampler.process(
            UnsafeBufferPointer(start: start, count: frames), into: UnsafeMutableBufferPointer(rebasing: gathered[count...]))
        count += produced
    }

    /// Throws away what waits.
    func discardAll() {
        let waiting = Int(snd_pcm_avail(stream.pcm))
        if waiting > 0 { discard(waiting + stream.framesPerPeriod) }
    }

    private func discard(_ waiting: Int) {
        var rest = waiting - stream.framesPerPeriod
        while rest > 0 {
            let frames = snd_pcm_readi(stream.pcm, stream.raw.baseAddress, snd_pcm_uframes_t(min(rest, stream.framesPerPeriod)))
            guard frames > 0 else { return }
            rest -= Int(frames)
        }
    }

    private func recover(_ code: Int) -> Result {
        guard ALSAStream.isInterruption(code) else { return .lost(Int32(-code)) }
        let restarted = start()
        return restarted < 0 ? .lost(-restarted) : .interrupted
    }
}
