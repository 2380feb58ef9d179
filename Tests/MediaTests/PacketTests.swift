import Base
import Testing

@testable import Media

@Suite("RTP and RTCP packets: RFC 3550")
struct PacketTests {
    static func parse(_ bytes: [UInt8]) -> (RTPHeader, [UInt8])? {
        bytes.withUnsafeBytes { RTPHeader.parse($0).map { ($0.header, Array($0.payload)) } }
    }

    static let plain: [UInt8] = [0x80, 0x88, 0x12, 0x34, 0, 0, 0, 160, 0xDE, 0xAD, 0xBE, 0xEF, 1, 2, 3]

    @Test("CSRCs, an extension and padding are left out of the payload")
    func layout() throws {
        let (header, payload) = try #require(Self.parse(Self.plain))
        #expect(header == RTPHeader(marker: true, payloadType: 8, sequence: 0x1234, timestamp: 160, ssrc: 0xDEAD_BEEF))
        #expect(payload == [1, 2, 3])
        var full = Self.plain
        full[0] = 0xB1
        full.insert(contentsOf: [9, 9, 9, 9, 0xBE, 0xDE, 0, 1, 7, 7, 7, 7], at: 12)
        full += [0, 2]
        let padded = try #require(Self.parse(full))
        #expect(padded.1 == [1, 2, 3])
    }

    @Test("Whatever is cut short or lies about its length is none", arguments: [0, 1, 11])
    func short(count: Int) {
        #expect(Self.parse(Array(Self.plain.prefix(count))) == nil)
        var padded = Self.plain
        padded[0] = 0xA0
        padded[padded.count - 1] = 200
        #expect(Self.parse(padded) == nil)
        padded[padded.count - 1] = 0
        #expect(Self.parse(padded) == nil)
        var extended = Self.plain
        extended[0] = 0x90
        #expect(Self.parse(extended) == nil)
    }

    @Test("What was measured reads back as it was written, and is told only to the source that it is about")
    func metrics() throws {
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 1_500, alignment: 8)
        defer { space.deallocate() }
        var metrics = VoIPMetrics()
        metrics.lossRate = 13.0 / 256
        metrics.discardRate = 7
        metrics.burstDensity = 85.0 / 256
        metrics.gapDensity = 9.0 / 256
        metrics.burstDuration = 120
        metrics.gapDuration = 520
        metrics.roundTrip = 34
        metrics.endSystemDelay = 70_000
        metrics.signalLevel = -18
        metrics.residualEchoReturnLoss = 45
        metrics.rFactor = 88
        metrics.listeningMOS = 4.2
        metrics.playoutDelay = 40
        metrics.maximumPlayoutDelay = 60
        metrics.absoluteMaximumPlayoutDelay = 200
        let block = ReportBlock(ssrc: 7, fractionLost: 0, lost: 0, highest: 1, jitter: 0, lastReport: 0, delay: 0)
        let size = [UInt8](repeating: 97, count: 5).withUnsafeBytes { name in
            ControlPacket.write(into: space, ssrc: 99, sender: nil, block: block, name: name, metrics: metrics, isGoodbye: true)
        }
        let written = UnsafeRawBufferPointer(rebasing: space[..<size])
        // Behind a receiver report of 32 bytes and a name of 16: type 207 and eleven words, then block 7 of nine.
        let xr: [UInt8] = [
            0x80, 207, 0, 10, 0, 0, 0, 99, 7, 0, 0, 8, 0, 0, 0, 7, 13, 255, 85, 9, 0, 120, 2, 8, 0, 34, 255, 255, 238, 127, 45,
            16,
            88, 127, 42, 127, 0xBF, 0, 0, 40, 0, 60, 0, 200,
        ]
        #expect(Array(written[48..<92]) == xr)
        let read = try #require(ControlPacket.parse(written, about: 7)?.metrics)
        metrics.discardRate = 255.0 / 256
        metrics.endSystemDelay = 65_535
        #expect(read == metrics)
        #expect(try #require(ControlPacket.parse(written, about: 8)).metrics == nil)
        var broken = Array(written)
        broken[59] = 200
        #expect(broken.withUnsafeBytes { ControlPacket.parse($0, about: 7) } == nil)
    }

    @Test("A sender report with a block, a name and BYE reads back as it was written")
    func control() throws {
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 1_500, alignment: 8)
        defer { space.deallocate() }
        let block = ReportBlock(ssrc: 7, fractionLost: 12, lost: -3, highest: 70_000, jitter: 55, lastReport: 0xABCD, delay: 9)
        let size = Array("door@house".utf8).withUnsafeBytes { name in
            ControlPacket.write(
                into: space, ssrc: 99, sender: .init(time: 0x1122_3344_5566_7788, timestamp: 1, packets: 2, octets: 3),
                block: block,
                name: name, isGoodbye: true)
        }
        #expect(size % 4 == 0)
        let written = UnsafeRawBufferPointer(rebasing: space[..<size])
        let report = try #require(ControlPacket.parse(UnsafeRawBufferPointer(written), about: 7))
        #expect(report.ssrc == 99 && report.senderTime == 0x3344_5566 && report.block == block && report.isGoodbye)
        for cut in 1..<size where cut != size - 8 && cut != 52 {
            let part = UnsafeRawBufferPointer(rebasing: written[..<cut])
            #expect(ControlPacket.parse(part, about: 7) == nil)
        }
    }

    @Test("Sequence numbers wrap, losses are counted, and a source that starts anew is believed at its second packet")
    func reception() {
        var statistics = ReceptionStatistics()
        func header(_ sequence: UInt16) -> RTPHeader {
            RTPHeader(marker: false, payloadType: 8, sequence: sequence, timestamp: UInt32(sequence) * 160, ssrc: 1)
        }
        for sequence: UInt16 in [65_533, 65_534, 0, 1, 3, 2] { _ = statistics.receive(header(sequence), arrival: 0) }
        #expect(statistics.expected == 7 && statistics.lost == 1)
        let isBelieved = statistics.receive(header(30_000), arrival: 0)
        let isBelievedNow = statistics.receive(header(30_001), arrival: 0)
        #expect(!isBelieved && isBelievedNow)
        #expect(statistics.expected == 1)
    }

    @Test("A key is told once whatever of it is lost, doubled or late")
    func keys() {
        var receiver = TelephoneEventReceiver()
        var told: [TelephoneEventReceiver.Output] = []
        func packet(_ event: UInt8, _ timestamp: UInt32, _ duration: UInt16, end: Bool = false, at milliseconds: Int) {
            receiver.receive(
                TelephoneEvent(event: event, isEnd: end, duration: duration), timestamp: timestamp,
                at: Instant() + .milliseconds(milliseconds)
            ) { told.append($0) }
        }
        packet(1, 1_000, 320, at: 0)  // start and marker lost
        packet(1, 1_000, 160, at: 20)
        packet(1, 1_000, 800, end: true, at: 40)
        packet(1, 1_000, 800, end: true, at: 60)
        packet(1, 3_000, 160, at: 200)  // the same key again; its end is lost
        packet(2, 6_000, 800, end: true, at: 380)  // only the end came
        packet(1, 3_000, 480, at: 390)  // late
        packet(16, 9_000, 160, at: 400)  // not a key
        receiver.wake(at: Instant() + .seconds(2)) { told.append($0) }
        #expect(
            told == [
                .started(event: 1), .ended(event: 1, duration: 800), .started(event: 1), .ended(event: 1, duration: 160),
                .started(event: 2), .ended(event: 2, duration: 800),
            ])
    }

    @Test("A stranger cannot take a stream over; a peer that moved can, after two seconds")
    func latch() {
        let described = SocketAddress(.loopback, port: 10)
        let behindNAT = SocketAddress(.loopback, port: 20)
        let stranger = SocketAddress(.loopback, port: 30)
        var latch = PeerLatch(described)
        let first = latch.accept(behindNAT, at: Instant())
        #expect(first && latch.target == behindNAT)
        let intruder = latch.accept(stranger, at: Instant() + .seconds(1))
        #expect(!intruder && latch.target == behindNAT)
        let moved = latch.accept(stranger, at: Instant() + .seconds(3))
        #expect(moved && latch.target == stranger)
        let own = latch.accept(described, at: Instant() + .milliseconds(3_100))
        #expect(own && latch.target == described)
    }
}
