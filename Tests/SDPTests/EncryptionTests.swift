import Base
import Testing

@testable import SDP

private func secrets(_ seed: UInt8) -> SecureRandom {
    SecureRandom { count in (0..<count).map { UInt8(truncatingIfNeeded: $0) &+ seed } }
}

private func side(_ policy: SRTPPolicy, _ seed: UInt8 = 1) -> MediaNegotiation {
    var local = LocalMedia(address: .v4(0x0A00_0000 + UInt32(seed)), port: 4000)
    local.protection = LocalProtection(policy, from: secrets(seed))
    return MediaNegotiation(local: local, sessionID: UInt64(seed))
}

private func described(_ lines: String...) throws -> SessionDescription {
    let head = ["v=0", "o=- 1 1 IN IP4 10.0.0.9", "s=-", "c=IN IP4 10.0.0.9", "t=0 0"]
    return try SessionDescription(parsing: Array((head + lines).map { $0 + "\r\n" }.joined().utf8))
}

private func crypto(_ tag: Int, _ suite: SRTPSuite, _ seed: UInt8 = 9, _ rest: String = "") -> String {
    "a=crypto:\(tag) \(suite.rawValue) inline:\(Base64.encode(SRTPKey(suite, from: secrets(seed)).bytes))\(rest)"
}

@Suite("Encryption by offer and answer: RFC 4568 §5.1 and RFC 8643")
struct EncryptionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var offerer: SRTPPolicy
        var answerer: SRTPPolicy
        /// `nil` is a refusal.
        var isEncrypted: Bool?
        var profile = "RTP/AVP"

        var testDescription: String { "\(offerer) to \(answerer)" }
    }

    @Test(
        "Every policy meets every other",
        arguments: [
            Case(offerer: .off, answerer: .off, isEncrypted: false),
            Case(offerer: .off, answerer: .offered, isEncrypted: false),
            Case(offerer: .off, answerer: .required, isEncrypted: nil),
            Case(offerer: .offered, answerer: .off, isEncrypted: false),
            Case(offerer: .offered, answerer: .offered, isEncrypted: true),
            Case(offerer: .offered, answerer: .required, isEncrypted: true),
            Case(offerer: .required, answerer: .off, isEncrypted: nil, profile: "RTP/SAVP"),
            Case(offerer: .required, answerer: .offered, isEncrypted: true, profile: "RTP/SAVP"),
            Case(offerer: .required, answerer: .required, isEncrypted: true, profile: "RTP/SAVP"),
        ])
    func policies(_ given: Case) throws {
        var (caller, called) = (side(given.offerer, 1), side(given.answerer, 2))
        let offer = caller.offer()
        #expect(offer.media[0].transport == given.profile)
        guard let isEncrypted = given.isEncrypted else {
            let problem = given.answerer == .required ? EncryptionProblem.required : .off
            #expect(throws: NegotiationError.encryption(problem)) { _ = try called.answer(offer) }
            #expect(called.agreed == nil)
            return
        }
        let answer = try called.answer(SessionDescription(parsing: offer.encoded()))
        #expect(answer.media[0].transport == given.profile)
        let agreed = try caller.receive(answer: SessionDescription(parsing: answer.encoded()))
        #expect((agreed.keys != nil) == isEncrypted)
        #expect(agreed.keys?.sending == called.agreed?.keys?.receiving)
        #expect(agreed.keys?.receiving == called.agreed?.keys?.sending)
        #expect(agreed.keys?.sending != agreed.keys?.receiving || !isEncrypted)
        if isEncrypted { #expect(answer.media[0].attributes.crypto.map(\.tag) == [1]) }
    }

    @Test("Without a source of keys, encryption that is required lets no call come about")
    func noSource() throws {
        var negotiation = side(.off)
        negotiation.local.protection = LocalProtection(.required, from: nil)
        _ = negotiation.offer()
        #expect(throws: NegotiationError.encryption(.noCommonKey)) {
            _ = try negotiation.receive(answer: described("m=audio 5000 RTP/SAVP 8", crypto(1, .aesCM128SHA1_80)))
        }
        #expect(throws: NegotiationError.encryption(.noCommonKey)) {
            _ = try negotiation.answer(described("m=audio 5000 RTP/SAVP 8", crypto(1, .aesCM128SHA1_80)))
        }
    }

    @Test("Of an offer's lines the first is taken that can be, and its tag is answered", arguments: SRTPSuite.allCases)
    func choice(_ suite: SRTPSuite) throws {
        var negotiation = side(.required)
        let answer = try negotiation.answer(
            described(
                "m=audio 5000 RTP/SAVP 8", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA",
                crypto(2, .aesCM128SHA1_80, 9, " UNENCRYPTED_SRTP"), crypto(5, suite), crypto(6, .aesCM128SHA1_32)))
        let line = try #require(answer.media[0].attributes.crypto.first)
        #expect(line.tag == 5)
        #expect(line.key.suite == suite)
        #expect(negotiation.agreed?.keys?.receiving == SRTPKey(suite, from: secrets(9)))
    }

    @Test("An offer of one section in the clear and one encrypted gets the encrypted one")
    func sections() throws {
        var negotiation = side(.offered)
        let offer = try described(
            "m=audio 5000 RTP/AVP 8", "m=audio 5002 RTP/SAVP 8", crypto(1, .aesGCM128))
        #expect(try negotiation.answer(offer).media.map(\.port) == [0, 4000])
        #expect(negotiation.agreed?.keys != nil)
        var plain = side(.off)
        #expect(try plain.answer(offer).media.map(\.port) == [4000, 0])
    }

    @Test(
        "An offer under RTP/SAVP without a usable key is refused by every policy",
        arguments: SRTPPolicy.allCases,
        ["a=x", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA"])
    func noKey(_ policy: SRTPPolicy, line: String) throws {
        var negotiation = side(policy)
        let offer = try described("m=audio 5000 RTP/SAVP 8", line)
        let expected: EncryptionProblem = policy == .off ? .off : line == "a=x" ? .required : .noCommonKey
        #expect(throws: NegotiationError.encryption(expected)) { _ = try negotiation.answer(offer) }
    }

    @Test(
        "An answer whose key cannot be used is refused, and never taken for one in the clear",
        arguments: [SRTPPolicy.offered, .required],
        [
            crypto(1, .aesCM128SHA1_32), crypto(4, .aesCM128SHA1_80), crypto(1, .aesCM128SHA1_80, 9, " UNENCRYPTED_SRTP"),
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short",
        ])
    func badAnswer(_ policy: SRTPPolicy, line: String) throws {
        var negotiation = side(policy)
        _ = negotiation.offer()
        #expect(throws: NegotiationError.encryption(.noCommonKey)) {
            _ = try negotiation.receive(answer: described("m=audio 5000 RTP/SAVP 8", line))
        }
        #expect(negotiation.agreed == nil)
    }

    @Test("Our own key that comes back from a mirror is none", arguments: [SRTPPolicy.offered, .required])
    func mirror(_ policy: SRTPPolicy) throws {
        var negotiation = side(policy)
        let offer = negotiation.offer()
        #expect(throws: NegotiationError.encryption(.noCommonKey)) { _ = try negotiation.receive(answer: offer) }
    }

    @Test("Hold and resume keep the suite and both keys; only what was agreed on is offered again")
    func hold() throws {
        var (caller, called) = (side(.offered, 1), side(.offered, 2))
        let first = try caller.receive(answer: try called.answer(caller.offer()))
        for isHolding in [true, false] {
            caller.isHolding = isHolding
            let offer = caller.offer()
            #expect(offer.media[0].attributes.crypto.map(\.key) == [first.keys?.sending])
            let agreed = try caller.receive(answer: try called.answer(offer))
            #expect(agreed.keys == first.keys)
        }
        // From the other side, too.
        let offer = called.offer()
        #expect(offer.media[0].attributes.crypto.map(\.key) == [first.keys?.receiving])
        _ = try called.receive(answer: try caller.answer(offer))
        #expect(caller.agreed?.keys == first.keys)
    }

    @Test("A peer that changes its key gets ours as it was")
    func rekeyed() throws {
        var negotiation = side(.required)
        _ = try negotiation.answer(described("m=audio 5000 RTP/SAVP 8", crypto(1, .aesGCM256, 9)))
        let first = try #require(negotiation.agreed?.keys)
        _ = try negotiation.answer(described("m=audio 5000 RTP/SAVP 8", crypto(1, .aesGCM256, 10)))
        let second = try #require(negotiation.agreed?.keys)
        #expect(second.sending == first.sending)
        #expect(second.receiving != first.receiving)
    }

    @Test("Another address of ours means another key (§7.1.4), in force when it is answered")
    func moved() throws {
        var (caller, called) = (side(.required, 1), side(.required, 2))
        let first = try #require(try caller.receive(answer: try called.answer(caller.offer())).keys)
        caller.local.address = .v4(0x0A00_0063)
        caller.local.protection.renewKeys(from: secrets(77))
        let offer = caller.offer()
        #expect(caller.agreed?.keys == first)
        let second = try #require(try caller.receive(answer: try called.answer(offer)).keys)
        #expect(second.sending != first.sending)
        #expect(second.receiving == first.receiving)
    }

    @Test("A call that is encrypted cannot be brought into the clear where encryption is required")
    func downgrade() throws {
        var negotiation = side(.required)
        _ = try negotiation.answer(described("m=audio 5000 RTP/SAVP 8", crypto(1, .aesCM128SHA1_80)))
        let before = negotiation.agreed
        for profile in ["RTP/AVP", "RTP/SAVP"] {
            #expect(throws: NegotiationError.encryption(.required)) {
                _ = try negotiation.answer(described("m=audio 5000 \(profile) 8"))
            }
        }
        #expect(negotiation.agreed == before)
    }

    @Test("Insisting on RTP/SAVP after a refusal of RTP/AVP replaces the offer, with the same keys")
    func insisting() throws {
        var negotiation = side(.offered)
        let first = negotiation.offer()
        negotiation.local.protection.offersSecureProfile = true
        let second = negotiation.offer()
        #expect(first.media[0].transport == "RTP/AVP")
        #expect(second.media.map(\.transport) == ["RTP/SAVP"])
        #expect(second.media[0].attributes.crypto == first.media[0].attributes.crypto)
        #expect(second.origin.version != first.origin.version)
        #expect(throws: NegotiationError.encryption(.required)) {
            _ = try negotiation.receive(answer: described("m=audio 5000 RTP/SAVP 8"))
        }
    }

    @Test("An offer fits into a datagram with the rest of an INVITE")
    func size() {
        var negotiation = side(.offered)
        #expect(negotiation.offer().encoded().count < 700)
    }
}
