import Base
import COpus
import CSpanDSP

/// Speech out of payloads, of every codec, at the engine's rate. One for each leg, all state made at the start.
///
/// A stream may change its codec from packet to packet; each keeps its own past. About 22 kB a leg, most of it Opus's.
/// Belongs to the audio thread.
final class SpeechDecoder {
    private let sampleRate: Int
    private let opus: OpaquePointer
    private let g722: OpaquePointer
    private let upsampler = Upsampler()
    private let downsampler = Downsampler()
    /// A payload's samples at 8 kHz, or those of L16 in this machine's order.
    private let narrow: UnsafeMutablePointer<Int16>
    private static let longest = 1_536

    /// `sampleRate` is 8000 or 16 000.
    init(sampleRate: Int) {
        self.sampleRate = sampleRate
        var error: Int32 = 0
        guard let opus = opus_decoder_create(Int32(sampleRate), 1, &error), error == OPUS_OK,
            let g722 = g722_decode_init(nil, 64_000, Self.options(sampleRate))
        else { preconditionFailure("no memory for the decoders of speech, or \(sampleRate) Hz") }
        self.opus = opus
        self.g722 = g722
        narrow = .allocate(capacity: Self.longest)
        narrow.initialize(repeating: 0, count: Self.longest)
        G711.prepare()
    }

    deinit {
        opus_decoder_destroy(opus)
        g722_decode_free(g722)
        upsampler.deallocate()
        downsampler.deallocate()
        narrow.deallocate()
    }

    private static func options(_ sampleRate: Int) -> Int32 { sampleRate == 8_000 ? Int32(G722_SAMPLE_RATE_8000) : 0 }

    /// Forgets what was decoded before: another stream begins.
    func reset() {
        copus_reset_decoder(opus)
        // With a state given, it is only set to zero.
        g722_decode_init(g722, 64_000, Self.options(sampleRate))
        upsampler.reset()
        downsampler.reset()
    }

    /// Decodes one payload; what does not fit into `capacity` is left out. Returns the samples written, 0 for rubbish.
    func decode(
        _ codec: Codec, _ payload: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<Int16>, capacity: Int
    ) -> Int {
        guard let bytes = payload.bindMemory(to: UInt8.self).baseAddress, !payload.isEmpty, capacity > 0 else { return 0 }
        let isWide = sampleRate == 16_000
        switch codec {
        case .pcma, .pcmu:
            let count = min(payload.count, isWide ? capacity / 2 : capacity, Self.longest)
            let part = UnsafeRawBufferPointer(rebasing: payload[..<count])
            guard isWide else {
                G711.decode(codec, part, target)
                return count
            }
            G711.decode(codec, part, narrow)
            upsampler.process(narrow, count, into: target)
            return 2 * count
        case .g722:
            let count = min(payload.count, isWide ? capacity / 2 : capacity)
            return max(0, Int(g722_decode(g722, target, bytes, Int32(count))))
        case .opus:
            // Nothing in a packet is longer than 120 ms.
            let space = min(capacity, sampleRate * 120 / 1_000)
            return max(0, Int(opus_decode(opus, bytes, Int32(clamping: payload.count), target, Int32(space), 0)))
        case .l16:
            let count = min(payload.count / 2, isWide ? capacity : capacity * 2, Self.longest) & ~1
            for index in 0..<count {
                narrow[index] = Int16(bitPattern: UInt16(bytes[2 * index]) << 8 | UInt16(bytes[2 * index + 1]))
            }
            guard !isWide else {
                target.update(from: narrow, count: count)
                return count
            }
            downsampler.process(narrow, count, into: target)
            return count / 2
        }
    }

    /// The packet before `payload`, as far as `payload` carries a copy of it: in-band FEC of Opus. To be called before
    /// `payload` itself is decoded. Returns `samples`, or 0 when there is no copy.
    func recover(
        _ codec: Codec, fromNext payload: UnsafeRawBufferPointer, samples: Int, into target: UnsafeMutablePointer<Int16>
    ) -> Int {
        guard codec == .opus, !payload.isEmpty, let bytes = payload.bindMemory(to: UInt8.self).baseAddress,
            isOpusDuration(samples), copus_carries_copy(bytes, Int32(clamping: payload.count)) != 0
        else { return 0 }
        return max(0, Int(opus_decode(opus, bytes, Int32(clamping: payload.count), target, Int32(samples), 1)))
    }

    /// What the codec itself makes up for `samples` that did not come: Opus, whose decoder knows the voice and must know of
    /// the gap. Returns `samples`, or 0 where the codec has nothing of the kind.
    func conceal(_ codec: Codec, samples: Int, into target: UnsafeMutablePointer<Int16>) -> Int {
        guard codec == .opus, isOpusDuration(samples) else { return 0 }
        return max(0, Int(opus_decode(opus, nil, 0, target, Int32(samples), 0)))
    }

    /// A multiple of 2.5 ms up to 120 ms: what Opus can fill.
    private func isOpusDuration(_ samples: Int) -> Bool {
        samples > 0 && samples <= sampleRate * 120 / 1_000 && samples * 400 % sampleRate == 0
    }

    /// Samples in a payload at the engine's rate, without decoding it; 0 for rubbish.
    func samples(_ codec: Codec, _ payload: UnsafeRawBufferPointer) -> Int {
        let count = payload.count
        switch codec {
        case .pcma, .pcmu, .g722: return count * sampleRate / 8_000
        case .l16: return (count / 2 & ~1) * sampleRate / 16_000
        case .opus:
            guard let bytes = payload.bindMemory(to: UInt8.self).baseAddress, count > 0 else { return 0 }
            return max(0, Int(opus_packet_get_nb_samples(bytes, Int32(clamping: count), Int32(sampleRate))))
        }
    }
}
