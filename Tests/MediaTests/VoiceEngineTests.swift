import Base
import Testing

@testable import Media

@Suite("VoiceEngine: two of them in a call")
struct VoiceEngineTests {
    static func settings(echo: Int = 0) -> VoiceSettings {
        var settings = VoiceSettings()
        settings.echoTail = echo
        settings.noiseSuppression = 0
        settings.highPass = 0
        settings.ports = 2
        return settings
    }

    /// A call of `seconds` with different speech each way; what was said and what was heard.
    static func call(_ rig: EngineRig, seconds: Int) -> (said: [[Int16]], heard: [[Int16]]) {
        let said = [EngineRig.speech(16_000 * seconds, seed: 5), EngineRig.speech(16_000 * seconds, seed: 6)]
        rig.connect()
        for period in 0..<100 * seconds {
            rig.period(said.map { Array($0[period * 160..<period * 160 + 160]) })
        }
        return (said, rig.heard)
    }

    @Test("Each side hears what the other said, whole and within 100 ms")
    func clean() {
        let rig = EngineRig(Self.settings())
        let (said, heard) = Self.call(rig, seconds: 4)
        for side in 0...1 {
            let found = alignment(Array(said[1 - side][16_000..<32_000]), Array(heard[side][16_000...]), lags: 0..<1_600)
            #expect(found.correlation > 0.96)
            #expect(found.lag < 1_600)
        }
    }

    @Test("A peer that goes over to the other G.711 law is understood")
    func otherLaw() {
        let rig = EngineRig(Self.settings())
        let said = EngineRig.speech(32_000, seed: 9)
        var plan = EngineRig.plan(1)
        plan.legs[0].codec = .pcmu
        plan.legs[0].sendPayloadType = 0
        rig.connect()
        rig.engines[1].submit(plan)
        for period in 0..<200 {
            rig.period([[Int16](repeating: 0, count: 160), Array(said[period * 160..<period * 160 + 160])])
        }
        let found = alignment(Array(said[8_000..<24_000]), Array(rig.heard[0][8_000...]), lags: 0..<1_600)
        #expect(found.correlation > 0.96)
    }

    @Test("With 10 % loss and 40 ms of jitter speech is still the other's, and the figures say what happened")
    func impaired() throws {
        let rig = EngineRig(Self.settings())
        rig.loss = 0.1
        rig.jitter = .milliseconds(40)
        let (said, heard) = Self.call(rig, seconds: 12)
        let found = alignment(Array(said[1][64_000..<112_000]), Array(heard[0][64_000...]), lags: 0..<2_400)
        #expect(found.correlation > 0.5)
        let figures = try #require(rig.lastStatistics(0))
        let expected = Float(figures.packetsReceived) + Float(figures.packetsLost)
        #expect((0.05...0.16).contains(Float(figures.packetsLost) / expected))
        #expect((3...30).contains(figures.jitter))
        #expect((1.5...3.9).contains(figures.meanOpinionScore))
        #expect(figures.roundTrip > 5 && figures.roundTrip < 120)
        #expect(figures.remoteLoss > 0)
    }

    @Test("Keys go over by RFC 4733, each once and in order, though a third of the packets is lost")
    func digits() {
        let rig = EngineRig(Self.settings())
        rig.loss = 0.33
        var plan = EngineRig.plan(0)
        plan.legs[0].digits = [4, 7, 7, 11].enumerated().map { VoicePlan.Digit(sequence: UInt32($0 + 1), event: UInt8($1)) }
        rig.connect()
        rig.engines[0].submit(plan)
        for _ in 0..<200 { rig.period([[Int16](repeating: 0, count: 160), [Int16](repeating: 0, count: 160)]) }
        rig.engines[0].submit(plan)
        for _ in 0..<100 { rig.period([[Int16](repeating: 0, count: 160), [Int16](repeating: 0, count: 160)]) }
        let keys = rig.reports[1].compactMap { report -> UInt8? in
            if case .digit(_, let event, _) = report { event } else { nil }
        }
        #expect(keys == [4, 7, 7, 11])
    }

    @Test("A leg that is taken out says good-bye and gives its last figures once")
    func end() {
        let rig = EngineRig(Self.settings())
        _ = Self.call(rig, seconds: 1)
        rig.engines[0].submit(VoicePlan())
        for _ in 0..<5 { rig.period([[Int16](repeating: 0, count: 160), [Int16](repeating: 0, count: 160)]) }
        let finals = rig.reports[0].filter { if case .statistics(_, _, final: true) = $0 { true } else { false } }
        #expect(finals.count == 1)
    }

    @Test("A leg that receives and hears nothing says so every second")
    func silence() {
        let rig = EngineRig(Self.settings())
        rig.engines[0].submit(EngineRig.plan(0))
        for _ in 0..<350 { rig.period([[Int16](repeating: 0, count: 160), [Int16](repeating: 0, count: 160)]) }
        let seconds = rig.reports[0].compactMap { report -> UInt32? in
            if case .silent(_, let seconds) = report { seconds } else { nil }
        }
        #expect(seconds == [1, 2, 3])
    }

    @Test("The loudspeaker's echo is cancelled by more than 20 dB, and the figure says so")
    func echo() throws {
        let rig = EngineRig(Self.settings(echo: 128))
        rig.connect()
        let said = EngineRig.speech(16_000 * 12, seed: 8)
        var echo = [Int16](repeating: 0, count: 160)
        for period in 0..<1_200 {
            rig.period([echo, Array(said[period * 160..<period * 160 + 160])])
            // A room: what was played comes back one period later, weaker and smeared.
            let played = Array(rig.heard[0].suffix(320))
            guard played.count == 320 else { continue }
            echo = (0..<160).map { Int16((Float(played[160 + $0]) * 0.4 + Float(played[120 + $0]) * 0.2).rounded()) }
        }
        let figures = try #require(rig.lastStatistics(0))
        #expect(figures.echoReturnLossEnhancement > 20)
        // What the far end hears of itself in the last four seconds is next to nothing.
        let returned = rig.heard[1].suffix(64_000).reduce(0.0) { $0 + Double($1) * Double($1) }
        let original = said.suffix(64_000).reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(returned < original / 400)
    }

    @Test("Garbage on the RTP and RTCP ports is counted and changes nothing")
    func garbage() {
        let engine = VoiceEngine(Self.settings())
        engine.submit(EngineRig.plan(0))
        let arrivals = PacketBatch(capacity: 64)
        let departures = PacketBatch(capacity: 64)
        var random = RandomSource(seed: 3)
        var playback = [Int16](repeating: 0, count: 160)
        for period in 0..<2_000 {
            arrivals.removeAll()
            for _ in 0..<8 {
                let count = Int(random.next() % 60)
                for index in 0..<count { arrivals.space(arrivals.count)[index] = UInt8(truncatingIfNeeded: random.next()) }
                if count > 1, random.next() % 2 == 0 {
                    arrivals.space(arrivals.count)[0] = 0x80 | UInt8(random.next() & 0x3F)
                    arrivals.space(arrivals.count)[1] = [8, 101, 200, 201, 203][Int(random.next() % 5)]
                }
                arrivals.append(
                    PacketBatch.Entry(
                        port: Int(random.next() % 3), isControl: random.next() % 2 == 0, peer: EngineRig.address(1),
                        time: Instant(),
                        count: count))
            }
            [Int16](repeating: 0, count: 160).withUnsafeBufferPointer { captured in
                playback.withUnsafeMutableBufferPointer {
                    engine.process(
                        captured: captured, playback: $0, arrivals: arrivals, departures: departures,
                        now: Instant(nanoseconds: Int64(period) * 10_000_000))
                }
            }
        }
        var invalid: UInt32 = 0
        while let report = engine.nextReport() {
            if case .statistics(_, let figures, _) = report { invalid = figures.packetsInvalid }
        }
        #expect(invalid > 1_000)
    }
}

extension EngineRig {
    func lastStatistics(_ side: Int) -> LegStatistics? {
        reports[side].compactMap { report -> LegStatistics? in
            if case .statistics(_, let figures, _) = report { figures } else { nil }
        }.last
    }
}
