import Base
import Testing

@testable import Media

private struct KnownAnswer: CustomTestStringConvertible, Sendable {
    var suite: SRTPSuite
    var key: String
    var rtp: String
    var rtcp: String

    var testDescription: String { suite.rawValue }

    static let plainRTP = "800f1234decafbadcafebabe" + String(repeating: "ab", count: 16)
    static let plainRTCP = "81c8000bcafebabe" + String(repeating: "ab", count: 16)

    /// The first packets of a stream under each suite, computed from the RFCs by another implementation, whose key derivation
    /// gives the keys of RFC 3711 B.3 and RFC 6188 §7.2. Master keys: theirs; for GCM 00 01 02 … and salt a0 a1 a2 …
    static let all = [
        KnownAnswer(
            suite: .aesCM128SHA1_80,
            key: "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6",
            rtp: "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
            rtcp: "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798"),
        KnownAnswer(
            suite: .aesCM128SHA1_32,
            key: "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6",
            rtp: "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc",
            rtcp: "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798"),
        KnownAnswer(
            suite: .aesCM256SHA1_80,
            key: "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b63b04803de51ee7c96423ab5b"
                + "78d2",
            rtp: "800f1234decafbadcafebabef1d9de17ff251ff1aa007774b0b4b40da08d9d9a5b3a55d8873b",
            rtcp: "81c8000bcafebabeb4d0e7a917d24b9faab9d3b6127b3ba680000001e04ac0ec2846f71bd31c"),
        KnownAnswer(
            suite: .aesGCM128,
            key: "000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab",
            rtp: "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
            rtcp: "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001"),
        KnownAnswer(
            suite: .aesGCM256,
            key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fa0a1a2a3a4a5a6a7a8a9aaab",
            rtp: "800f1234decafbadcafebabe0af7f21e8a90bdad7a425c9c31ed4bb1d90238917e7390a2793500e1681acaea",
            rtcp: "81c8000bcafebabe8abfafa780070a90e80f9161cf4aac081ed93aaa53c15b0f3ed1a3b984167b0380000001"),
    ]
}

private func bytes(_ text: String) -> [UInt8] {
    let digits = Array(text.utf8)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
}

/// A leg's two contexts outside of any leg, with aligned space as a batch has it.
private final class Ends {
    let sender: SRTPSide
    let receiver: SRTPSide
    private let leg: VoiceLeg
    private let batch = PacketBatch(capacity: 1)

    init?(_ key: SRTPKey, ssrc: UInt32 = 0xCAFE_BABE) {
        guard let sender = SRTPSide(sending: key, ssrc: ssrc), let receiver = SRTPSide(receiving: key) else { return nil }
        (self.sender, self.receiver) = (sender, receiver)
        leg = VoiceLeg(port: 0, VoiceSettings(), reports: ReportRing(), random: RandomSource(seed: 1))
        var store = SRTPSides()
        let plan = PreparedPlan(EngineRig.plan(0), number: 1, ports: 1, sides: &store)
        leg.plan = plan.legs[0]
        leg.plan?.name = UnsafeRawBufferPointer(start: nil, count: 0)
        leg.plan?.protection = .encrypted(sender: sender.pointer, receiver: receiver.pointer)
    }

    var figures: LegStatistics { leg.statistics }

    func protect(_ packet: [UInt8], control: Bool = false) -> [UInt8]? {
        batch.space(0).copyBytes(from: packet)
        return leg.protect(batch.space(0), packet.count, isControl: control).map { Array(batch.space(0)[..<$0]) }
    }

    func unprotect(_ packet: [UInt8], control: Bool = false) -> [UInt8]? {
        batch.space(0).copyBytes(from: packet)
        return leg.unprotect(batch.space(0), packet.count, isControl: control).map { Array($0) }
    }
}

private func packet(_ sequence: UInt16, ssrc: UInt32 = 0xCAFE_BABE) -> [UInt8] {
    [0x80, 8, UInt8(sequence >> 8), UInt8(sequence & 255), 0, 0, 0, 0]
        + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ssrc >> $0) } + [UInt8](repeating: 0x55, count: 160)
}

@Suite("SRTP: RFC 3711, 6188 and 7714")
struct SRTPTests {
    static func key(_ suite: SRTPSuite, _ seed: UInt8 = 0) throws -> SRTPKey {
        try #require(SRTPKey(suite, (0..<suite.keySize).map { UInt8($0) &+ seed }))
    }

    @Test("Each suite gives the known packets, and takes them back", arguments: KnownAnswer.all)
    fileprivate func known(_ known: KnownAnswer) throws {
        let key = try #require(SRTPKey(known.suite, bytes(known.key)))
        let ends = try #require(Ends(key))
        #expect(ends.protect(bytes(KnownAnswer.plainRTP)) == bytes(known.rtp))
        #expect(ends.protect(bytes(KnownAnswer.plainRTCP), control: true) == bytes(known.rtcp))
        #expect(ends.unprotect(bytes(known.rtp)) == bytes(KnownAnswer.plainRTP))
        #expect(ends.unprotect(bytes(known.rtcp), control: true) == bytes(KnownAnswer.plainRTCP))
    }

    @Test("A packet with any one bit changed is a forgery", arguments: SRTPSuite.allCases)
    func forged(_ suite: SRTPSuite) throws {
        let key = try Self.key(suite)
        let ends = try #require(Ends(key))
        let good = try #require(ends.protect(packet(1)))
        // Behind the first two bytes: those may make it no RTP at all.
        for bit in 16..<good.count * 8 {
            var bad = good
            bad[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(ends.unprotect(bad) == nil, "bit \(bit)")
        }
        #expect(ends.figures.authenticationFailures == UInt32(good.count * 8 - 16))
        #expect(ends.unprotect(good) == packet(1))
    }

    @Test("A packet that was heard is not heard again, nor one older than the list", arguments: SRTPSuite.allCases)
    func replayed(_ suite: SRTPSuite) throws {
        let key = try Self.key(suite)
        let ends = try #require(Ends(key))
        let packets = try (0..<300).map { try #require(ends.protect(packet($0))) }
        #expect(ends.unprotect(packets[200]) != nil)
        #expect(ends.unprotect(packets[200]) == nil)
        #expect(ends.unprotect(packets[150]) != nil, "late, and new")
        #expect(ends.unprotect(packets[150]) == nil)
        #expect(ends.unprotect(packets[20]) == nil, "too old to know")
        #expect(ends.figures.replays == 3)
        let report = bytes(KnownAnswer.plainRTCP)
        let sealed = try #require(ends.protect(report, control: true))
        #expect(ends.unprotect(sealed, control: true) == report)
        #expect(ends.unprotect(sealed, control: true) == nil)
        #expect(ends.figures.authenticationFailures == 0)
    }

    @Test("The stream goes on when the sequence number rolls over", arguments: SRTPSuite.allCases)
    func rollOver(_ suite: SRTPSuite) throws {
        let key = try Self.key(suite)
        let ends = try #require(Ends(key))
        for step in 0..<40 {
            let plain = packet(UInt16(truncatingIfNeeded: 65_516 + step))
            let sealed = try #require(ends.protect(plain))
            #expect(ends.unprotect(sealed) == plain)
        }
    }

    @Test("A packet in the clear, one under another key and one too short are not heard", arguments: SRTPSuite.allCases)
    func clear(_ suite: SRTPSuite) throws {
        let key = try Self.key(suite)
        let ends = try #require(Ends(key))
        let otherKey = try Self.key(suite, 1)
        let other = try #require(Ends(otherKey))
        #expect(ends.unprotect(packet(1)) == nil)
        let foreign = try #require(other.protect(packet(1)))
        #expect(ends.unprotect(foreign) == nil)
        for count in 0..<28 {
            #expect(ends.unprotect(Array(packet(1).prefix(count))) == nil)
            #expect(ends.unprotect(Array(bytes(KnownAnswer.plainRTCP).prefix(count)), control: true) == nil)
        }
        #expect(ends.unprotect(bytes(KnownAnswer.plainRTCP), control: true) == nil)
    }

    @Test("One key serves a bounded number of sources on the way in")
    func sources() throws {
        let key = try Self.key(.aesCM128SHA1_80)
        let ends = try #require(Ends(key))
        var heard = 0
        for source in UInt32(0)..<100 {
            let peer = try #require(Ends(key, ssrc: source))
            let sealed = try #require(peer.protect(packet(1, ssrc: source)))
            if ends.unprotect(sealed) != nil { heard += 1 }
        }
        #expect(heard == 16)
    }

    @Test("A key never prints")
    func redacted() throws {
        let key = try Self.key(.aesGCM128)
        var dumped = ""
        dump(SRTPKeys(sending: key, receiving: key), to: &dumped)
        for text in ["\(key)", String(reflecting: key), "\(SRTPKeys(sending: key, receiving: key))", dumped] {
            #expect(text.contains("AEAD_AES_128_GCM"))
            #expect(!text.contains("1, 2, 3"))
            #expect(!text.contains("27"))
        }
    }
}
