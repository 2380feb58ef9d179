import CALSA
import Glibc

/// The loudspeaker's side of an ALSA card: takes whole periods at the engine's rate.
final class ALSAPlayback {
    enum Result: Equatable {
        case ready
        /// It ran dry, and runs again.
        case ranDry
        /// It was full: what did not fit is lost.
        case full
        case lost(Int32)
    }

    private let stream: ALSAStream
    private let resampler: Resampler
    private let drift: DriftResampler
    private let stretched: UnsafeMutableBufferPointer<Int16>
    private let converted: UnsafeMutableBufferPointer<Int16>

    init(device: String, format: SoundFormat) throws(SoundCardError) {
        stream = try ALSAStream(device: device, direction: .playback, format: format)
        guard let resampler = Resampler(from: format.sampleRate, to: stream.rate) else {
            throw .failed(.configurePlayback, code: EINVAL)
        }
        self.resampler = resampler
        drift = DriftResampler(mostSamples: format.framesPerPeriod)
        stretched = .allocate(capacity: format.framesPerPeriod + format.framesPerPeriod / 10 + 1)
        stretched.initialize(repeating: 0)
        converted = .allocate(capacity: stream.mostFrames)
        converted.initialize(repeating: 0)
    }

    deinit {
        stretched.deallocate()
        converted.deallocate()
    }

    /// Seconds from the last sample written to the one that is heard now.
    var delaySeconds: Double {
        var frames: snd_pcm_sframes_t = 0
        let code = snd_pcm_delay(stream.pcm, &frames)
        return code < 0 ? 0 : Double(max(0, frames) + DriftResampler.latency) / Double(stream.rate)
    }

    /// Seconds that lie in the device's buffer; negative when it ran dry. Asks the device where it is.
    var queuedSeconds: Double {
        let room = Int(snd_pcm_avail(stream.pcm))
        return room < 0 ? -1 : Double(stream.bufferFrames - room) / Double(stream.rate)
    }

    /// Starts with enough silence ahead for the first period to come late.
    func start() -> Int32 { start(with: stream.leadFrames) }

    private func start(with silence: Int) -> Int32 {
        let code = stream.prepare()
        guard code >= 0 else { return code }
        stream.raw.initializeMemory(as: UInt8.self, repeating: 0)
        var rest = silence
        while rest > 0 {
            let written = snd_pcm_writei(stream.pcm, stream.raw.baseAddress, snd_pcm_uframes_t(min(rest, stream.framesPerPeriod)))
            if written == -Int(EAGAIN) { break }
            if written <= 0 { return Int32(written == 0 ? -Int(EIO) : Int(written)) }
            rest -= Int(written)
        }
        // It may have started by itself.
        return snd_pcm_state(stream.pcm) == SND_PCM_STATE_RUNNING ? 0 : snd_pcm_start(stream.pcm)
    }

    /// Hands over one period, made longer by `stretch`.
    func write(_ samples: UnsafeBufferPointer<Int16>, stretch: Double) -> Result {
        let count = drift.process(samples, stretch: stretch, into: stretched)
        let (_, frames) = resampler.process(UnsafeBufferPointer(rebasing: stretched[..<count]), into: converted)
        guard let from = converted.baseAddress, let to = stream.raw.baseAddress else { return .ready }
        stream.format.encode(from, frames: frames, channels: stream.channels, into: to)
        var result = Result.ready
        var offset = 0
        while offset < frames {
            let written = Int(
                snd_pcm_writei(stream.pcm, to + offset * stream.frameBytes, snd_pcm_uframes_t(frames - offset)))
            if written > 0 {
                offset += written
            } else if written == -Int(EAGAIN) || written == 0 {
                return result == .ready ? .full : result
            } else if ALSAStream.isInterruption(written), result == .ready {
                // With this period there is as much ahead as at the start.
                let code = start(with: max(stream.leadFrames - stream.framesPerPeriod, stream.framesPerPeriod))
                if code < 0 { return .lost(-code) }
                stream.format.encode(from, frames: frames, channels: stream.channels, into: to)
                offset = 0
                result = .ranDry
            } else {
                return .lost(Int32(-written))
            }
        }
        return result
    }
}
