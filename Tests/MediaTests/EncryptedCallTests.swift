import Base
import Testing

@testable import Media

@Suite("VoiceEngine: two of them in an encrypted call")
struct EncryptedCallTests {
    static func keys(_ suite: SRTPSuite) throws -> [SRTPKeys] {
        let keys = try [SRTPTests.key(suite, 1), SRTPTests.key(suite, 2)]
        return [SRTPKeys(sending: keys[0], receiving: keys[1]), SRTPKeys(sending: keys[1], receiving: keys[0])]
    }

    static func connect(_ rig: EngineRig, _ keys: [SRTPKeys?]) {
        for side in 0...1 {
            var plan = EngineRig.plan(side)
            plan.legs[0].keys = keys[side]
            rig.engines[side].submit(plan)
        }
    }

    static func play(_ rig: EngineRig, _ said: [[Int16]], _ periods: Range<Int>) {
        for period in periods { rig.period(said.map { Array($0[period * 160..<period * 160 + 160]) }) }
    }

    static func speech(seconds: Int) -> [[Int16]] { [5, 6].map { EngineRig.speech(16_000 * seconds, seed: $0) } }

    @Test("Each side hears the other, and nobody else could have: not one packet in the clear", arguments: SRTPSuite.allCases)
    func talk(_ suite: SRTPSuite) throws {
        let rig = EngineRig(VoiceEngineTests.settings())
        let said = Self.speech(seconds: 4)
        rig.isRecording = true
        Self.connect(rig, try Self.keys(suite))
        Self.play(rig, said, 0..<350)
        // The end of the call: the good-bye goes out encrypted too.
        for engine in rig.engines { engine.submit(VoicePlan()) }
        Self.play(rig, said, 350..<360)
        for side in 0...1 {
            let found = alignment(Array(said[1 - side][16_000..<32_000]), Array(rig.heard[side][16_000...]), lags: 0..<1_600)
            #expect(found.correlation > 0.96)
        }
        let speech = rig.wire.filter { !$0.control }
        #expect(speech.count > 300)
        for packet in speech { #expect(packet.bytes.count >= 12 + 160 + 4) }
        #expect(Self.likeness(speech.filter { $0.to == 1 }.map(\.bytes), said[0]) < 0.1)
        let reports = rig.wire.filter(\.control)
        #expect(reports.count >= 4)
        for packet in reports { #expect(!packet.bytes.contains(sequence: Array("@portier".utf8)), "the name must not be read") }
    }

    /// How like speech the payloads are when taken for G.711.
    static func likeness(_ packets: [[UInt8]], _ said: [Int16]) -> Double {
        let heard = packets.flatMap { packet in packet[12..<min(172, packet.count)].map { G711.expandA($0) } }
        let filter = Downsampler()
        defer { filter.deallocate() }
        var narrow = [Int16](repeating: 0, count: said.count / 2)
        narrow.withUnsafeMutableBufferPointer { filter.process(said, said.count, into: $0.baseAddress!) }
        return alignment(Array(narrow[8_000..<16_000]), Array(heard.dropFirst(7_000)), lags: 0..<2_000).correlation
    }

    @Test("The same look at a call in the clear does find the speech")
    func lookWorks() {
        let rig = EngineRig(VoiceEngineTests.settings())
        let said = Self.speech(seconds: 4)
        rig.isRecording = true
        Self.connect(rig, [nil, nil])
        Self.play(rig, said, 0..<350)
        let sent = rig.wire.filter { $0.to == 1 && !$0.control }.map(\.bytes)
        #expect(Self.likeness(sent, said[0]) > 0.9)
    }

    @Test("One side in the clear, the other not: neither hears anything, and the failures are counted")
    func mixed() throws {
        let rig = EngineRig(VoiceEngineTests.settings())
        let said = Self.speech(seconds: 2)
        Self.connect(rig, [try Self.keys(.aesCM128SHA1_80)[0], nil])
        Self.play(rig, said, 0..<200)
        #expect(rig.heard[0].allSatisfy { $0 == 0 })
        let figures = rig.reports[0].compactMap { report -> LegStatistics? in
            if case .statistics(_, let figures, _) = report { figures } else { nil }
        }
        let last = try #require(figures.last)
        #expect(last.authenticationFailures >= 40)
        #expect(last.packetsReceived == 0)
        #expect(!rig.reports[0].contains(.firstPacket(EngineRig.calls[0])))
    }

    @Test("Hold and resume go on with the same counters, and new keys take effect at once")
    func hold() throws {
        let rig = EngineRig(VoiceEngineTests.settings())
        let said = Self.speech(seconds: 8)
        rig.isRecording = true
        let first = try Self.keys(.aesGCM256)
        Self.connect(rig, first)
        Self.play(rig, said, 0..<200)
        for side in 0...1 {
            var plan = EngineRig.plan(side)
            plan.legs[0].keys = first[side]
            plan.legs[0].sends = false
            rig.engines[side].submit(plan)
        }
        Self.play(rig, said, 200..<300)
        Self.connect(rig, first)
        Self.play(rig, said, 300..<500)
        let second = try Self.keys(.aesCM128SHA1_80)
        Self.connect(rig, second)
        Self.play(rig, said, 500..<800)
        let streams = rig.wire.filter { $0.to == 1 && !$0.control }.map { Array($0.bytes[2..<12]) }
        #expect(Set(streams).count == streams.count, "no sequence number is used twice with one key")
        for start in [64_000, 96_000] {
            let found = alignment(Array(said[1][start..<start + 16_000]), Array(rig.heard[0][start...]), lags: 0..<1_600)
            #expect(found.correlation > 0.95)
        }
        let figures = rig.reports[0].compactMap { report -> LegStatistics? in
            if case .statistics(_, let figures, _) = report { figures } else { nil }
        }
        // What was on its way when the keys changed.
        let last = try #require(figures.last)
        #expect(last.authenticationFailures <= 3)
        #expect(last.replays == 0)
    }

    @Test("Keys that the library will not have block the leg: nothing is sent, not even a good-bye")
    func blocked() throws {
        let leg = VoiceLeg(port: 0, VoiceEngineTests.settings(), reports: ReportRing(), random: RandomSource(seed: 1))
        var store = SRTPSides()
        let plan = PreparedPlan(EngineRig.plan(0), number: 1, ports: 1, sides: &store)
        plan.legs[0].protection = .blocked
        leg.follow(plan.legs[0], Instant())
        let departures = PacketBatch(capacity: 8)
        let silence = [Int16](repeating: 0, count: 160)
        for period in 0..<1_000 {
            silence.withUnsafeBufferPointer { silence in
                guard let start = silence.baseAddress else { return }
                leg.send(start, 160, departures, Instant() + .milliseconds(10 * period))
            }
        }
        leg.stop(departures, Instant() + .seconds(10))
        #expect(departures.count == 0)
    }
}

extension Array<UInt8> {
    fileprivate func contains(sequence: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: sequence) }
    }
}
