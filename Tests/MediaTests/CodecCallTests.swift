import Base
import Testing

@testable import Media

@Suite("VoiceEngine: calls in each codec")
struct CodecCallTests {
    static func plan(_ side: Int, _ codec: Codec, milliseconds: Int = 20) -> VoicePlan {
        var plan = EngineRig.plan(side)
        let type = codec.staticPayloadType ?? 96
        plan.legs[0].codec = codec
        plan.legs[0].sendPayloadType = type
        plan.legs[0].receivePayloadType = type
        plan.legs[0].packetTime = .milliseconds(milliseconds)
        plan.legs[0].eventClockRate = codec.clockRate
        return plan
    }

    /// A call of three seconds, with the same codec both ways.
    private func call(_ rig: EngineRig, _ codec: Codec, milliseconds: Int = 20) -> [[Int16]] {
        let said = [15, 16].map { CodecRig.voice(48_000, seed: $0, rate: 16_000) }
        for side in 0...1 { rig.engines[side].submit(Self.plan(side, codec, milliseconds: milliseconds)) }
        rig.isRecording = true
        for period in 0..<300 { rig.period(said.map { Array($0[period * 160..<period * 160 + 160]) }) }
        return said
    }

    @Test(
        "Each side hears the other, and time stamps tick at the codec's clock",
        arguments: [
            (Codec.pcmu, 20, 160), (.g722, 20, 160), (.g722, 10, 80), (.opus, 20, 960), (.opus, 60, 2_880), (.l16, 20, 320),
        ])
    func talk(codec: Codec, milliseconds: Int, ticks: Int) throws {
        let rig = EngineRig(VoiceEngineTests.settings())
        let said = call(rig, codec, milliseconds: milliseconds)
        for side in 0...1 {
            let found = alignment(Array(said[1 - side][16_000..<32_000]), Array(rig.heard[side][16_000...]), lags: 0..<3_000)
            #expect(found.correlation > 0.8, "\(codec) \(found)")
            // No codec here delays by more than 10 ms.
            #expect(found.lag < 16 * (2 * milliseconds + 80), "\(codec) \(found)")
        }
        let stamps = rig.wire.filter { !$0.control && $0.to == 1 }.map { packet in
            packet.bytes[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        #expect(zip(stamps, stamps.dropFirst()).allSatisfy { $1 &- $0 == UInt32(ticks) })
        let figures = try #require(rig.lastStatistics(0))
        #expect(figures.packetsLost == 0 && figures.meanOpinionScore > 4.3 && figures.jitter < 15)
    }

    @Test("Loss that the peer reports makes Opus send copies")
    func copies() {
        let rig = EngineRig(VoiceEngineTests.settings())
        rig.loss = 0.2
        for side in 0...1 {
            var plan = Self.plan(side, .opus)
            plan.legs[0].opus.usesFEC = true
            rig.engines[side].submit(plan)
        }
        rig.isRecording = true
        let said = CodecRig.voice(16_000 * 8, seed: 31, rate: 16_000)
        for period in 0..<800 { rig.period([said, said].map { Array($0[period * 160..<period * 160 + 160]) }) }
        let decoder = CodecRig()
        let packets = rig.wire.filter { !$0.control && $0.to == 1 }.map { Array($0.bytes.dropFirst(12)) }
        let copies = packets.map { !decoder.recover($0, samples: 320).isEmpty }
        // The first reports come after two or three seconds.
        #expect(!copies.prefix(50).contains(true))
        #expect(copies.suffix(100).filter { $0 }.count > 50)
    }

    @Test("What copies bring back is lost by RTP's count, and not by the quality's")
    func recovered() throws {
        let rig = EngineRig(VoiceEngineTests.settings())
        rig.loss = 0.1
        for side in 0...1 {
            var plan = Self.plan(side, .opus)
            plan.legs[0].opus.usesFEC = true
            rig.engines[side].submit(plan)
        }
        let said = CodecRig.voice(16_000 * 20, seed: 31, rate: 16_000)
        for period in 0..<2_000 { rig.period([said, said].map { Array($0[period * 160..<period * 160 + 160]) }) }
        let figures = try #require(rig.lastStatistics(0))
        let lost = Int(figures.packetsLost)
        #expect(lost > 60 && figures.packetsRecovered > UInt32(lost / 2))
        let metrics = try #require(figures.metrics)
        let expected = Double(figures.packetsReceived) + Double(lost)
        #expect(abs(metrics.lossRate * expected - Double(lost - Int(figures.packetsRecovered))) < 4)
        // Of this loss half as much would be left.
        #expect(figures.meanOpinionScore > 3.5)
    }

    @Test("Keys last as long in each clock", arguments: [Codec.pcma, .opus, .l16])
    func keys(codec: Codec) {
        let rig = EngineRig(VoiceEngineTests.settings())
        for side in 0...1 {
            var plan = Self.plan(side, codec)
            if side == 0 { plan.legs[0].digits = [VoicePlan.Digit(sequence: 1, event: 7)] }
            rig.engines[side].submit(plan)
        }
        let silence = [Int16](repeating: 0, count: 160)
        for _ in 0..<100 { rig.period([silence, silence]) }
        #expect(rig.reports[1].contains(.digit(EngineRig.calls[1], event: 7)))
        #expect(rig.reports[1].contains(.digitEnded(EngineRig.calls[1], event: 7, milliseconds: 100)))
    }

    @Test("Under DTX silence sends next to nothing, its time stamps go on, and speech after it has a marker")
    func discontinuous() {
        let rig = EngineRig(VoiceEngineTests.settings())
        for side in 0...1 {
            var plan = Self.plan(side, .opus)
            plan.legs[0].opus.usesDTX = true
            rig.engines[side].submit(plan)
        }
        let said = CodecRig.voice(16_000, seed: 33, rate: 16_000)
        let silence = [Int16](repeating: 0, count: 160)
        for _ in 0..<200 { rig.period([silence, silence]) }
        rig.isRecording = true
        for _ in 0..<100 { rig.period([silence, silence]) }
        #expect(rig.wire.filter { !$0.control && $0.to == 1 }.count < 10)
        for period in 0..<100 { rig.period([Array(said[period * 160..<period * 160 + 160]), silence]) }
        let packets = rig.wire.filter { !$0.control && $0.to == 1 }
        #expect(packets.count > 40)
        let marked = packets.filter { $0.bytes[1] & 0x80 != 0 }.count
        #expect((1...10).contains(marked))
        for (one, next) in zip(packets, packets.dropFirst()) {
            let numbers = [one, next].map { UInt16($0.bytes[2]) << 8 | UInt16($0.bytes[3]) }
            #expect(numbers[1] == numbers[0] &+ 1, "what is not sent has no number")
        }
    }

    @Test("A peer may change over to what else was agreed on, by its number")
    func change() {
        let rig = EngineRig(VoiceEngineTests.settings())
        var mine = Self.plan(0, .opus)
        mine.legs[0].otherCodecs = [9: .g722, 111: .l16]
        rig.engines[0].submit(mine)
        let said = CodecRig.voice(16_000 * 4, seed: 35, rate: 16_000)
        let silence = [Int16](repeating: 0, count: 160)
        for (codec, type, start) in [(Codec.opus, UInt8(96), 0), (.g722, 9, 200)] {
            var plan = Self.plan(1, codec)
            plan.legs[0].sendPayloadType = type
            rig.engines[1].submit(plan)
            for period in start..<start + 200 { rig.period([silence, Array(said[period * 160..<period * 160 + 160])]) }
            let found = alignment(
                Array(said[start * 160 + 8_000..<start * 160 + 24_000]), Array(rig.heard[0][(start * 160 + 8_000)...]),
                lags: 0..<2_000)
            #expect(found.correlation > 0.8, "\(codec) \(found)")
        }
    }
}
