import CALSA
import Glibc

/// The loudspeaker's side of an ALSA card: takes whole periods at the engine's rate.
final class ALSAPlayback {
    enum Result: Equatable {
        case ready
        case interrupted
        case lost(Int32)
    }

    private let stream: ALSAStream
    private let resampler: Resampler
    private let converted: UnsafeMutableBufferPointer<Int16>

    init(device: String, format: SoundFormat) throws(SoundCardError) {
        stream = try ALSAStream(device: device, direction: .playback, format: format)
        guard let resampler = Resampler(from: format.sampleRate, to: stream.rate) else {
            throw .failed(.configurePlayback, code: EINVAL)
        }
        self.resampler = resampler
        converted = .allocate(capacity: stream.framesPerPeriod * 2)
        converted.initialize(repeating: 0)
    }

    deinit {
        converted.deallocate()
    }

    var rate: Int { stream.rate }

    /// Frames from the last one written to the one that is heard now.
    var delayFrames: Int {
        var frames: snd_pcm_sframes_t = 0
        return snd_pcm_delay(stream.pcm, &frames) < 0 ? 0 : max(0, Int(frames))
    }

    /// Starts with enough silence ahead for the first period to come late.
    func start() -> Int32 {
        let code = stream.prepare()
        guard code >= 0 else { return code }
        stream.samples.update(repeating: 0)
        let lead = min(stream.devicePeriodFrames + stream.framesPerPeriod, stream.bufferFrames - stream.framesPerPeriod)
        var rest = max(lead, stream.framesPerPeriod)
        while rest > 0 {
            let piece = min(rest, stream.framesPerPeriod)
            let written = snd_pcm_writei(stream.pcm, stream.samples.baseAddress, snd_pcm_uframes_t(piece))
            if written == -Int(EAGAIN) { break }
            if written <= 0 { return Int32(written == 0 ? -Int(EIO) : Int(written)) }
            rest -= Int(written)
        }
        return snd_pcm_start(stream.pcm)
    }

    func write(_ samples: UnsafeBufferPointer<Int16>) -> Result {
        let (_, frames) = resampler.process(samples, into: converted)
        guard let from = converted.baseAddress, let to = stream.samples.baseAddress else { return .ready }
        if stream.channels == 2 {
            for index in 0..<frames {
                to[index * 2] = from[index]
                to[index * 2 + 1] = from[index]
            }
        } else {
            to.update(from: from, count: frames)
        }
        var result = Result.ready
        var offset = 0
        while offset < frames {
            let place = to + offset * stream.channels
            let written = Int(snd_pcm_writei(stream.pcm, place, snd_pcm_uframes_t(frames - offset)))
            if written > 0 {
                offset += written
            } else if written == -Int(EAGAIN) || written == 0 {
                // The microphone's clock is faster than the loudspeaker's: what does not fit is dropped, the delay stays.
                return .interrupted
            } else if ALSAStream.isInterruption(written), result == .ready {
                let code = restart(keeping: from, frames: frames)
                if code < 0 { return .lost(-code) }
                result = .interrupted
            } else {
                return .lost(Int32(-written))
            }
        }
        return result
    }

    /// Starting overwrites the samples that were to be written; they are laid out again.
    private func restart(keeping source: UnsafeMutablePointer<Int16>, frames: Int) -> Int32 {
        let code = start()
        guard let to = stream.samples.baseAddress else { return code }
        for index in 0..<frames {
            for channel in 0..<stream.channels { to[index * stream.channels + channel] = source[index] }
        }
        return code
    }
}
