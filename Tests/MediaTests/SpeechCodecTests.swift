import Base
import Testing

@testable import Media

/// One way from speech to speech: an encoder, a decoder, and packets in between.
final class CodecRig {
    let rate: Int
    let encoder: SpeechEncoder
    let decoder: SpeechDecoder

    init(rate: Int = 16_000) {
        self.rate = rate
        encoder = SpeechEncoder(sampleRate: rate)
        decoder = SpeechDecoder(sampleRate: rate)
    }

    /// Speech whose energy lies where that of people does: what is below a voice, and the noise above a kilohertz, is what
    /// Opus need not keep as a wave.
    static func voice(_ count: Int, seed: UInt64, rate: Int) -> [Int16] {
        let rich = EngineRig.speech(count, seed: seed, rate: rate)
        var sums = [0]
        for sample in rich { sums.append(sums[sums.count - 1] + Int(sample)) }
        func mean(_ index: Int, _ width: Int) -> Int { (sums[index + 1] - sums[max(0, index + 1 - width)]) / width }
        return rich.indices.map { Int16(clamping: mean($0, rate / 2_000) - mean($0, rate / 80)) }
    }

    func packets(_ codec: Codec, _ speech: [Int16], milliseconds: Int = 20) -> [[UInt8]] {
        let size = rate * milliseconds / 1_000
        return (0..<speech.count / size).map { index in
            var bytes = [UInt8](repeating: 0, count: 1_480)
            let count = bytes.withUnsafeMutableBytes { space in
                speech.withUnsafeBufferPointer { encoder.encode(codec, $0.baseAddress! + index * size, size, into: space) }
            }
            return Array(bytes.prefix(count))
        }
    }

    func decode(_ codec: Codec, _ packet: [UInt8], capacity: Int = 1_920) -> [Int16] {
        var samples = [Int16](repeating: 0, count: capacity)
        let count = samples.withUnsafeMutableBufferPointer { target in
            packet.withUnsafeBytes { decoder.decode(codec, $0, into: target.baseAddress!, capacity: capacity) }
        }
        return Array(samples.prefix(count))
    }

    func recover(_ packet: [UInt8], samples count: Int) -> [Int16] {
        fill(count) { target in packet.withUnsafeBytes { decoder.recover(.opus, fromNext: $0, samples: count, into: target) } }
    }

    func conceal(_ codec: Codec, samples count: Int) -> [Int16] {
        fill(count) { decoder.conceal(codec, samples: count, into: $0) }
    }

    func fill(_ count: Int, _ body: (UnsafeMutablePointer<Int16>) -> Int) -> [Int16] {
        var samples = [Int16](repeating: 0, count: count)
        let written = samples.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
        return Array(samples.prefix(written))
    }
}

@Suite("Codecs: speech to payload and back")
struct SpeechCodecTests {
    @Test(
        "What is said is heard, at both rates of the engine",
        arguments: [
            // The lowest correlation, and the delay in samples of the engine: the filters' to 8 kHz and back, G.722's bands,
            // Opus's look-ahead of 6.5 ms.
            (Codec.pcma, 16_000, 0.97, 45), (.pcmu, 16_000, 0.97, 45), (.g722, 16_000, 0.98, 22), (.l16, 16_000, 0.9999, 0),
            (.opus, 16_000, 0.85, 104), (.pcma, 8_000, 0.99, 0), (.pcmu, 8_000, 0.99, 0), (.g722, 8_000, 0.98, 0),
            (.l16, 8_000, 0.95, 22), (.opus, 8_000, 0.8, 52),
        ] as [(Codec, Int, Double, Int)])
    func roundTrip(codec: Codec, rate: Int, lowest: Double, delay: Int) {
        let rig = CodecRig(rate: rate)
        let said = CodecRig.voice(rate * 2, seed: 4, rate: rate)
        let heard = rig.packets(codec, said).flatMap { rig.decode(codec, $0) }
        #expect(heard.count == said.count)
        let found = alignment(Array(said[0..<rate]), heard, lags: max(0, delay - 9)..<delay + 10)
        #expect(found.correlation > lowest, "\(codec) at \(rate): \(found)")
        #expect(abs(found.lag - delay) <= 4, "\(codec) at \(rate): \(found)")
    }

    @Test(
        "Packets have the size that their codec and time want",
        arguments: [
            (Codec.pcma, 10, 80), (.pcmu, 20, 160), (.pcma, 60, 480), (.g722, 10, 80), (.g722, 60, 480), (.l16, 10, 320),
            (.l16, 40, 1_280),
        ])
    func sizes(codec: Codec, milliseconds: Int, bytes: Int) {
        for rate in [8_000, 16_000] {
            let rig = CodecRig(rate: rate)
            let packets = rig.packets(codec, EngineRig.speech(rate / 5, seed: 1, rate: rate), milliseconds: milliseconds)
            #expect(packets.allSatisfy { $0.count == bytes })
            #expect(
                packets.allSatisfy { packet in
                    packet.withUnsafeBytes { rig.decoder.samples(codec, $0) } == rate * milliseconds / 1_000
                })
        }
    }

    @Test("Opus is encoded and counted in each of its packet times", arguments: [10, 20, 40, 60])
    func opusTimes(milliseconds: Int) {
        let rig = CodecRig()
        let speech = CodecRig.voice(16_000 * 3 / 2, seed: 2, rate: 16_000)
        let packets = rig.packets(.opus, speech, milliseconds: milliseconds)
        #expect(packets.allSatisfy { !$0.isEmpty })
        #expect(
            packets.allSatisfy { packet in
                packet.withUnsafeBytes { rig.decoder.samples(.opus, $0) } == 16 * milliseconds
            })
        let heard = packets.flatMap { rig.decode(.opus, $0) }
        #expect(alignment(Array(speech[0..<16_000]), heard, lags: 100..<108).correlation > 0.85)
    }

    @Test("Time for a packet is cut to what the codec can")
    func packetTimes() {
        #expect(Codec.pcma.packetTime(atMost: .milliseconds(33)) == .milliseconds(30))
        #expect(Codec.opus.packetTime(atMost: .milliseconds(30)) == .milliseconds(20))
        #expect(Codec.opus.packetTime(atMost: .milliseconds(59)) == .milliseconds(40))
        #expect(Codec.l16.packetTime(atMost: .milliseconds(60)) == .milliseconds(40))
        #expect(Codec.g722.packetTime(atMost: .zero) == .milliseconds(10))
        #expect(Codec.pcmu.packetTime(atMost: .seconds(2)) == .milliseconds(60))
    }

    @Test("After a reset nothing of the call before is heard", arguments: Codec.allCases)
    func reset(codec: Codec) {
        let rig = CodecRig()
        _ = rig.packets(codec, EngineRig.speech(16_000, seed: 3, rate: 16_000)).flatMap { rig.decode(codec, $0) }
        rig.encoder.reset()
        rig.decoder.reset()
        let said = EngineRig.speech(8_000, seed: 9, rate: 16_000)
        let again = rig.packets(codec, said)
        let fresh = CodecRig()
        let first = fresh.packets(codec, said)
        #expect(again == first)
        #expect(again.flatMap { rig.decode(codec, $0) } == first.flatMap { fresh.decode(codec, $0) })
    }

    @Test("Any bytes of any length decode to something that fits", arguments: Codec.allCases)
    func rubbish(codec: Codec) {
        var random = RandomSource(seed: 7)
        for rate in [8_000, 16_000] {
            let rig = CodecRig(rate: rate)
            for length in [0, 1, 2, 3, 7, 80, 159, 160, 500, 1_275, 1_492] {
                for capacity in [1, 79, 160, 960, 1_920] {
                    let packet = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                    #expect(rig.decode(codec, packet, capacity: capacity).count <= capacity)
                    #expect(rig.recover(packet, samples: capacity).count <= capacity)
                    #expect(packet.withUnsafeBytes { rig.decoder.samples(codec, $0) } <= 2 * 1_492)
                }
            }
        }
    }

    @Test("What does not fit into a packet is not encoded")
    func space() {
        let rig = CodecRig()
        let speech = [Int16](repeating: 5, count: 960)
        for codec in [Codec.pcma, .g722, .l16] {
            var bytes = [UInt8](repeating: 0, count: 100)
            #expect(bytes.withUnsafeMutableBytes { rig.encoder.encode(codec, speech, 960, into: $0) } == 0)
            #expect(bytes.withUnsafeMutableBytes { rig.encoder.encode(codec, speech, 2_000, into: $0) } == 0)
        }
    }
}

@Suite("Opus")
struct OpusTests {
    private func rig(loss: Float = 0, _ change: (inout OpusParameters) -> Void = { _ in }) -> CodecRig {
        let rig = CodecRig()
        var parameters = OpusParameters()
        change(&parameters)
        rig.encoder.obey(parameters)
        rig.encoder.expect(loss: loss)
        return rig
    }

    @Test("A lost packet is recovered from the next, and better than it is made up")
    func recovery() {
        let said = CodecRig.voice(16_000 * 6, seed: 21, rate: 16_000)
        let source = rig(loss: 0.15) { $0.usesFEC = true }
        let packets = source.packets(.opus, said)
        let whole = packets.flatMap { source.decode(.opus, $0) }
        var (recovered, concealed, original) = ([Int16](), [Int16](), [Int16]())
        let (left, right) = (CodecRig(), CodecRig())
        for index in packets.indices {
            guard index % 7 == 5, index + 1 < packets.count else {
                _ = left.decode(.opus, packets[index])
                _ = right.decode(.opus, packets[index])
                continue
            }
            let copy = left.recover(packets[index + 1], samples: 320)
            let made = right.conceal(.opus, samples: 320)
            #expect(made.count == 320)
            // What is as quiet as silence is not copied.
            guard !copy.isEmpty else { continue }
            recovered += copy
            concealed += made
            original += whole[index * 320..<(index + 1) * 320]
        }
        #expect(recovered.count > 25 * 320)
        let good = alignment(original, recovered, lags: 0..<1).correlation
        let poor = alignment(original, concealed, lags: 0..<1).correlation
        #expect(good > 0.85 && good > poor + 0.1, "\(good) \(poor)")
    }

    @Test("Copies are only made when the peer makes use of them and loses packets")
    func copies() {
        let said = EngineRig.speech(16_000 * 2, seed: 22, rate: 16_000)
        for (uses, loss, expected) in [(true, Float(0.1), true), (true, 0, false), (false, 0.1, false)] {
            let rig = rig(loss: loss) { $0.usesFEC = uses }
            let packets = rig.packets(.opus, said)
            let count = packets.filter { !rig.recover($0, samples: 320).isEmpty }.count
            #expect(expected ? count > packets.count / 2 : count == 0, "\(uses) \(loss) \(count)")
        }
    }

    @Test("Loss counts at once, and is forgotten slowly")
    func loss() {
        let encoder = SpeechEncoder(sampleRate: 16_000)
        var course: [Int] = []
        for loss: Float in [0, 0.2, 0.05, 0.05, 0, 0, 0, 0, 0, 0, 1, .infinity, -1] {
            encoder.expect(loss: loss)
            course.append(encoder.expectedLoss)
        }
        #expect(course == [0, 20, 15, 11, 8, 6, 4, 3, 0, 0, 100, 100, 75])
    }

    @Test("Silence is not sent when the peer likes it so, but for a sign of life now and then")
    func discontinuous() {
        let silence = [Int16](repeating: 0, count: 16_000 * 4)
        #expect(rig().packets(.opus, silence).allSatisfy { !$0.isEmpty })
        let packets = rig { $0.usesDTX = true }.packets(.opus, silence)
        let sent = packets.dropFirst(50).filter { !$0.isEmpty }.count
        #expect((1...15).contains(sent))
    }

    @Test("The peer's bit rate is an upper bound, and its playback rate chooses the band")
    func bounds() {
        let said = EngineRig.speech(16_000 * 4, seed: 23, rate: 16_000)
        func bitRate(_ change: (inout OpusParameters) -> Void) -> Int {
            rig(change).packets(.opus, said).reduce(0) { $0 + $1.count } * 8 / 4
        }
        let usual = bitRate { _ in }
        #expect((20_000...40_000).contains(usual))
        #expect(bitRate { $0.maximumAverageBitRate = 12_000 } < 16_000)
        #expect(bitRate { $0.maximumAverageBitRate = 500_000 } == usual)
        let constant = rig { $0.isConstantBitRate = true }.packets(.opus, said)
        #expect(Set(constant.map(\.count)).count == 1)
        // The table of RFC 6716 §3.1: configurations 0 to 3 are narrowband SILK, 4 to 7 mediumband, 8 to 11 wideband.
        for (rate, band) in [(8_000, 0), (12_000, 1), (16_000, 2), (48_000, 2)] {
            let packets = rig { $0.maximumPlaybackRate = rate }.packets(.opus, said)
            #expect(packets.dropFirst(20).allSatisfy { Int($0[0] >> 3) / 4 == band })
        }
    }
}
