import Base
import COpus
import CSpanDSP

/// Payloads out of speech at the engine's rate, of every codec. One for each leg, all state made at the start.
///
/// About 44 kB a leg, nearly all of it Opus's. Belongs to the audio thread.
final class SpeechEncoder {
    private let sampleRate: Int
    private let opus: OpaquePointer
    private let g722: OpaquePointer
    private let upsampler = Upsampler()
    private let downsampler = Downsampler()
    /// Speech at the codec's rate.
    private let converted: UnsafeMutablePointer<Int16>
    /// 60 ms at 16 kHz, the longest packet.
    private static let longest = 960
    private(set) var parameters = OpusParameters()
    /// What the peer loses of our packets, in percent, as the encoder of Opus knows it.
    private(set) var expectedLoss = 0

    /// Bits a second of Opus. RFC 6716 §2.1.1 says 16 000 to 20 000 for wideband speech; the rest is room for the copies of
    /// in-band FEC. Measured in PESQ-WB with a twentieth of the packets lost: 3.9 with these, 2.6 with 24 000.
    static let bitRate = 32_000
    /// Of 0 to 10. Measured at our rate: 10 costs twice as much as 5 for 0.02 in PESQ-WB, and 0 saves half of 5 but loses
    /// 0.13. So 5, which leaves a Raspberry Pi 3 to its echo canceller even with several calls.
    static let complexity: Int32 = 5

    /// `sampleRate` is 8000 or 16 000.
    init(sampleRate: Int) {
        self.sampleRate = sampleRate
        var error: Int32 = 0
        guard let opus = opus_encoder_create(Int32(sampleRate), 1, OPUS_APPLICATION_VOIP, &error), error == OPUS_OK,
            let g722 = g722_encode_init(nil, 64_000, Self.options(sampleRate))
        else { preconditionFailure("no memory for the encoders of speech, or \(sampleRate) Hz") }
        self.opus = opus
        self.g722 = g722
        converted = .allocate(capacity: Self.longest)
        converted.initialize(repeating: 0, count: Self.longest)
        G711.prepare()
        reset()
    }

    deinit {
        opus_encoder_destroy(opus)
        g722_encode_free(g722)
        upsampler.deallocate()
        downsampler.deallocate()
        converted.deallocate()
    }

    private static func options(_ sampleRate: Int) -> Int32 { sampleRate == 8_000 ? Int32(G722_SAMPLE_RATE_8000) : 0 }

    /// Forgets what was encoded before, and what the peer wished: another call begins.
    func reset() {
        copus_reset_encoder(opus)
        copus_set_complexity(opus, Self.complexity)
        copus_set_voice(opus)
        g722_encode_init(g722, 64_000, Self.options(sampleRate))
        upsampler.reset()
        downsampler.reset()
        obey(OpusParameters())
        expect(loss: 0)
    }

    /// Encodes Opus from now on as the peer likes it.
    func obey(_ parameters: OpusParameters) {
        self.parameters = parameters
        copus_set_bitrate(opus, Int32(min(max(parameters.maximumAverageBitRate ?? Self.bitRate, 6_000), Self.bitRate)))
        let band =
            parameters.maximumPlaybackRate < 12_000
            ? OPUS_BANDWIDTH_NARROWBAND
            : parameters.maximumPlaybackRate < 16_000 ? OPUS_BANDWIDTH_MEDIUMBAND : OPUS_BANDWIDTH_WIDEBAND
        copus_set_bandwidth(opus, band)
        copus_set_variable(opus, parameters.isConstantBitRate ? 0 : 1)
        copus_set_fec(opus, parameters.usesFEC ? 1 : 0)
        copus_set_dtx(opus, parameters.usesDTX ? 1 : 0)
    }

    /// The peer reports that it loses this part of our packets, 0 to 1: so much does Opus spend on copies.
    ///
    /// A rise counts at once, a fall by a quarter with each report, since loss comes in bursts.
    func expect(loss: Float) {
        let percent = Int(min(max(loss, 0), 1) * 100 + 0.5)
        expectedLoss = loss == 0 && expectedLoss < 4 ? 0 : max(percent, expectedLoss * 3 / 4)
        // More than 25 % of loss makes no difference to the encoder but a smaller band.
        copus_set_loss(opus, Int32(min(expectedLoss, 25)))
    }

    /// Encodes `count` samples, a packet's worth. Returns the payload's size; 0 for nothing to be sent, which is silence
    /// under DTX.
    func encode(
        _ codec: Codec, _ samples: UnsafePointer<Int16>, _ count: Int, into space: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard count > 0, count <= Self.longest, let bytes = space.bindMemory(to: UInt8.self).baseAddress else { return 0 }
        let isWide = sampleRate == 16_000
        switch codec {
        case .pcma, .pcmu:
            let size = isWide ? count / 2 : count
            guard size <= space.count else { return 0 }
            if isWide { downsampler.process(samples, count, into: converted) }
            G711.encode(
                codec, isWide ? UnsafePointer(converted) : samples, UnsafeMutableRawBufferPointer(rebasing: space[..<size]))
            return size
        case .g722:
            guard (isWide ? count / 2 : count) <= space.count else { return 0 }
            return max(0, Int(g722_encode(g722, bytes, samples, Int32(count))))
        case .opus:
            let size = Int(opus_encode(opus, samples, Int32(count), bytes, Int32(min(space.count, 1_275))))
            // Two bytes at most are a frame without anything in it (RFC 6716 §3.1), which need not be sent.
            return size > 2 ? size : 0
        case .l16:
            let size = isWide ? count : count * 2
            guard size * 2 <= space.count, size <= Self.longest else { return 0 }
            if !isWide { upsampler.process(samples, count, into: converted) }
            let source = isWide ? samples : UnsafePointer(converted)
            for index in 0..<size {
                bytes[2 * index] = UInt8(truncatingIfNeeded: source[index] >> 8)
                bytes[2 * index + 1] = UInt8(truncatingIfNeeded: source[index])
            }
            return size * 2
        }
    }
}
