import Base
import Testing

@testable import SDP

/// A description as a phone at 10.0.0.2 writes it; `lines` are what follows `t=`.
func described(_ lines: String..., connection: String = "IN IP4 10.0.0.2") throws -> SessionDescription {
    let head = ["v=0", "o=- 1 1 IN IP4 10.0.0.2", "s=-", "c=" + connection, "t=0 0"]
    return try SessionDescription(parsing: Array((head + lines).joined(separator: "\r\n").utf8))
}

let us = IPAddress.v4(0x0A00_0001)

func negotiation(holding: Bool = false, formats: [Codec] = [.pcma, .pcmu]) -> MediaNegotiation {
    var negotiation = MediaNegotiation(local: LocalMedia(address: us, port: 4000, formats: formats), sessionID: 42)
    negotiation.isHolding = holding
    return negotiation
}

@Suite("Offers: RFC 3264 §5 and §8")
struct OfferTests {
    @Test("The first offer lists the codecs in order, keys, packet time and direction")
    func first() {
        var negotiation = negotiation()
        #expect(
            negotiation.offer().description == """
                v=0\r
                o=- 42 1 IN IP4 10.0.0.1\r
                s=-\r
                c=IN IP4 10.0.0.1\r
                t=0 0\r
                m=audio 4000 RTP/AVP 8 0 101\r
                a=rtpmap:8 PCMA/8000\r
                a=rtpmap:0 PCMU/8000\r
                a=rtpmap:101 telephone-event/8000\r
                a=fmtp:101 0-15\r
                a=rtcp-mux\r
                a=ptime:20\r
                a=sendrecv\r

                """)
    }

    @Test("The version grows by one when the description changed, and only then")
    func versions() throws {
        var negotiation = negotiation()
        #expect(negotiation.offer().origin.version == "1")
        #expect(negotiation.offer().origin.version == "1")
        _ = try negotiation.receive(answer: described("m=audio 5000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"))
        #expect(negotiation.offer().origin.version == "1")
        negotiation.isHolding = true
        #expect(negotiation.offer().origin.version == "2")
        negotiation.withdrawOffer()
        negotiation.isHolding = false
        #expect(negotiation.offer().origin.version == "3")
        negotiation.local.address = .v4(0x0A00_0009)
        let moved = negotiation.offer()
        #expect(moved.origin.version == "4")
        #expect(moved.connection?.address == "10.0.0.9")
    }

    @Test("A new offer puts the codec in use first, so that it does not change by the way")
    func codecStays() throws {
        var negotiation = negotiation()
        _ = negotiation.offer()
        _ = try negotiation.receive(answer: described("m=audio 5000 RTP/AVP 0"))
        #expect(negotiation.offer().media[0].formats == ["0", "8", "101"])
    }

    @Test("A new offer keeps the number and the order of the sections, and the numbers of the peer")
    func sectionsStay() throws {
        var negotiation = negotiation()
        _ = try negotiation.answer(
            described(
                "m=video 6000 RTP/AVP 99", "a=rtpmap:99 H264/90000", "m=audio 5000 RTP/AVP 101 98 96",
                "a=rtpmap:101 opus/48000/2",
                "a=rtpmap:98 pcma/8000", "a=rtpmap:96 telephone-event/8000", "m=text 7000 RTP/AVP 100"))
        let offer = negotiation.offer()
        #expect(offer.media.map(\.kind) == ["video", "audio", "text"])
        #expect(offer.media.map(\.port) == [0, 4000, 0])
        #expect(offer.media[1].formats == ["98", "0", "96"])
        #expect(offer.media[1].payloads.map(\.encoding.name) == ["pcma", "PCMU", "telephone-event"])
    }

    @Test("A number that means something else to the peer is not used for keys")
    func takenNumber() throws {
        var negotiation = negotiation()
        _ = try negotiation.answer(described("m=audio 5000 RTP/AVP 101 8", "a=rtpmap:101 opus/48000/2"))
        #expect(negotiation.offer().media[0].formats == ["8", "0", "96"])
    }

    @Test("A refused offer leaves what was in force, and the peer may offer again")
    func refusedOffer() throws {
        var negotiation = negotiation()
        _ = try negotiation.answer(described("m=audio 5000 RTP/AVP 8"))
        let before = negotiation.agreed
        negotiation.isHolding = true
        _ = negotiation.offer()
        #expect(throws: NegotiationError.offerPending) { _ = try negotiation.answer(described("m=audio 5002 RTP/AVP 8")) }
        negotiation.withdrawOffer()
        #expect(negotiation.agreed == before)
        negotiation.isHolding = false
        _ = try negotiation.answer(described("m=audio 5002 RTP/AVP 8"))
        #expect(negotiation.agreed?.remote.port == 5002)
    }
}

@Suite("Answers that we get: RFC 3264 §7")
struct ReceivedAnswerTests {
    @Test(
        "The first codec of the answer is used, by the peer's number towards it and by ours towards us",
        arguments: [
            (["m=audio 5000 RTP/AVP 8"], Codec.pcma, UInt8(8), UInt8(8), UInt8?.none, UInt8?.none),
            (["m=audio 5000 RTP/AVP 0 8"], .pcmu, 0, 0, nil, nil),
            (["m=audio 5000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"], .pcma, 8, 8, 101, 101),
            (["m=audio 5000 RTP/AVP 97 8", "a=rtpmap:97 pcmu/8000/1"], .pcmu, 97, 0, nil, nil),
            (["m=audio 5000 RTP/AVP 8 96", "a=rtpmap:96 TELEPHONE-EVENT/8000"], .pcma, 8, 8, 96, 101),
            (["m=audio 5000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-15,66,70"], .pcma, 8, 8, 96, 101),
            (["m=audio 5000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 32-35"], .pcma, 8, 8, nil, nil),
            (["m=audio 5000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/16000"], .pcma, 8, 8, nil, nil),
            (["m=audio 5000 RTP/AVP 18 9 0"], .pcmu, 0, 0, nil, nil),
        ])
    func codecs(
        lines: [String], format: Codec, send: UInt8, receive: UInt8, sendEvent: UInt8?, receiveEvent: UInt8?
    ) throws {
        var negotiation = negotiation()
        _ = negotiation.offer()
        let media = try negotiation.receive(answer: described(lines.joined(separator: "\r\n")))
        #expect(media.format == format)
        #expect(media.sendPayloadType == send)
        #expect(media.receivePayloadType == receive)
        #expect(media.sendEventPayloadType == sendEvent)
        #expect(media.receiveEventPayloadType == receiveEvent)
    }

    @Test(
        "RTCP goes to the next port, where a=rtcp says, or with a=rtcp-mux to RTP's own",
        arguments: [
            ("a=x", "10.0.0.2:5001"), ("a=rtcp:6000", "10.0.0.2:6000"), ("a=rtcp:6000 IN IP4 10.0.0.3", "10.0.0.3:6000"),
            ("a=rtcp:6000 IN IP4 pbx.example", "10.0.0.2:6000"), ("a=rtcp:6000 IN IP4 224.0.0.1", "10.0.0.2:6000"),
            ("a=rtcp:0", "10.0.0.2:5001"), ("a=rtcp-mux", "10.0.0.2:5000"), ("a=rtcp-mux:x", "10.0.0.2:5001"),
        ])
    func control(line: String, address: String) throws {
        var negotiation = negotiation()
        _ = negotiation.offer()
        let media = try negotiation.receive(answer: described("m=audio 5000 RTP/AVP 8", line))
        #expect(media.remote.description == "10.0.0.2:5000")
        #expect(media.remoteControl.description == address)
    }

    @Test(
        "The peer's packet time is kept, in whole periods and within its maximum",
        arguments: [
            ("a=ptime:20", 20), ("a=ptime:30", 30), ("a=ptime:25", 20), ("a=ptime:5", 10), ("a=ptime:200", 60), ("a=x", 20),
            ("a=maxptime:10", 10), ("a=ptime:60\r\na=maxptime:40", 40),
        ])
    func packetTime(line: String, milliseconds: Int) throws {
        var negotiation = negotiation()
        _ = negotiation.offer()
        let media = try negotiation.receive(answer: described("m=audio 5000 RTP/AVP 8", line))
        #expect(media.packetTime == .milliseconds(milliseconds))
    }

    @Test(
        "An answer without a usable stream is an error, and what was in force stays",
        arguments: [
            ("m=audio 0 RTP/AVP 8", NegotiationError.refused), ("m=audio 5000 RTP/AVP 18", .refused),
            ("m=video 5000 RTP/AVP 8", .refused), ("m=audio 5000 RTP/SAVP 8", .encryption(.off)),
            ("m=audio 5000 RTP/AVP 8\r\nc=IN IP4 224.0.0.1", .refused), ("m=audio 5000 RTP/AVP 8\r\nc=IN IP6 ::2", .refused),
            ("a=nothing", .tooFewStreams(expected: 1, found: 0)),
        ])
    func unusable(line: String, expected: NegotiationError) throws {
        var negotiation = negotiation()
        _ = negotiation.offer()
        let before = try negotiation.receive(answer: described("m=audio 5000 RTP/AVP 8"))
        _ = negotiation.offer()
        #expect(throws: expected) { _ = try negotiation.receive(answer: described(line)) }
        #expect(negotiation.agreed == before)
        #expect(!negotiation.isOfferPending)
    }

    @Test("An answer without an offer is an error")
    func unasked() throws {
        var negotiation = negotiation()
        #expect(throws: NegotiationError.noOffer) { _ = try negotiation.receive(answer: described("m=audio 5000 RTP/AVP 8")) }
        _ = try negotiation.answer(described("m=audio 5000 RTP/AVP 8"))
        #expect(throws: NegotiationError.noOffer) { _ = try negotiation.receive(answer: described("m=audio 5000 RTP/AVP 8")) }
    }

    @Test("Early media by 183 may be replaced by the answer in the 200")
    func answeredTwice() throws {
        var negotiation = negotiation()
        _ = negotiation.offer()
        _ = try negotiation.receive(answer: described("m=audio 5000 RTP/AVP 8"))
        let media = try negotiation.receive(answer: described("m=audio 5002 RTP/AVP 0"))
        #expect(media.remote.port == 5002)
        #expect(media.format == .pcmu)
    }
}

@Suite("Answers that we give: RFC 3264 §6")
struct GivenAnswerTests {
    @Test("The answer has the offerer's first codec that we speak, under the offerer's numbers")
    func numbers() throws {
        var negotiation = negotiation()
        let answer = try negotiation.answer(
            described(
                "m=audio 5000 RTP/AVP 9 98 8 120", "a=rtpmap:98 PCMU/8000", "a=rtpmap:120 telephone-event/8000",
                "a=fmtp:120 0-16", "a=ptime:30"))
        #expect(
            answer.media == [
                MediaDescription(
                    kind: "audio", port: 4000, formats: ["98", "120"],
                    attributes: [
                        .rtpMap(.init(payloadType: 98, encoding: Encoding("PCMU", clockRate: 8000))),
                        .rtpMap(.init(payloadType: 120, encoding: .telephoneEvent(8_000))),
                        .formatParameters(payloadType: 120, "0-15"),
                        .packetTime(30), .direction(.sendAndReceive),
                    ])
            ])
        let media = try #require(negotiation.agreed)
        #expect(media.sendPayloadType == 98 && media.receivePayloadType == 98)
        #expect(media.sendEventPayloadType == 120 && media.receiveEventPayloadType == 120)
        #expect(media.packetTime == .milliseconds(30))
    }

    @Test("A static number that the offer maps to something else is what the offer says")
    func remapped() throws {
        var negotiation = negotiation()
        _ = try negotiation.answer(described("m=audio 5000 RTP/AVP 8 0", "a=rtpmap:8 G729/8000"))
        #expect(negotiation.agreed?.sendPayloadType == 0)
    }

    @Test("Without keys in our settings none are answered")
    func withoutEvents() throws {
        var negotiation = negotiation()
        negotiation.local.telephoneEvents = false
        let answer = try negotiation.answer(described("m=audio 5000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"))
        #expect(answer.media[0].formats == ["8"])
        #expect(negotiation.agreed?.sendEventPayloadType == nil)
    }

    @Test("The offer's times are repeated")
    func times() throws {
        let text =
            "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=3034423619 3042462419\r\nm=audio 5000 RTP/AVP 8"
        var negotiation = negotiation()
        let answer = try negotiation.answer(SessionDescription(parsing: Array(text.utf8)))
        #expect(answer.times == [Timing(start: 3_034_423_619, stop: 3_042_462_419)])
    }

    @Test(
        "One audio stream is accepted and every other section refused, in the offer's order",
        arguments: [
            (["m=audio 5000 RTP/AVP 8", "m=video 5002 RTP/AVP 99"], [UInt16(4000), 0]),
            (["m=video 5002 RTP/AVP 99", "m=audio 5000 RTP/AVP 8"], [0, 4000]),
            (["m=audio 5000 RTP/SAVP 8", "m=audio 5002 RTP/AVP 8"], [0, 4000]),
            (["m=audio 5000 RTP/AVP 18", "m=audio 5002 RTP/AVP 0", "m=audio 5004 RTP/AVP 8"], [0, 4000, 0]),
            (["m=audio 0 RTP/AVP 8", "m=audio 5002 RTP/AVP 0"], [0, 4000]),
            (["m=image 5002 udptl t38", "m=audio 5000 RTP/AVP 8"], [0, 4000]),
        ])
    func sections(lines: [String], ports: [UInt16]) throws {
        let offer = try described(lines.joined(separator: "\r\n"))
        var negotiation = negotiation()
        let answer = try negotiation.answer(offer)
        #expect(answer.media.map(\.port) == ports)
        #expect(answer.media.map(\.kind) == offer.media.map(\.kind))
        #expect(answer.media.map(\.transport) == offer.media.map(\.transport))
        #expect(answer.media.allSatisfy { !$0.formats.isEmpty })
    }

    @Test(
        "An offer with nothing for us is refused whole",
        arguments: [
            "m=audio 5000 RTP/SAVPF 8", "m=audio 5000 RTP/AVPF 8", "m=audio 5000 RTP/AVP 18", "m=audio 0 RTP/AVP 8",
            "m=video 5000 RTP/AVP 31", "m=audio 5000 RTP/AVP 8\r\nc=IN IP4 pbx.example", "m=audio 5000 RTP/AVP 101",
            "m=audio 5000 RTP/AVP 8\r\nc=IN IP4 239.1.2.3", "m=audio 5000 RTP/AVP 8\r\nc=IN IP4 255.255.255.255",
            "m=audio 5000 RTP/AVP 8\r\nc=IN IP6 2001:db8::1", "a=nothing", "m=audio 5000 RTP/AVP 8\r\na=rtpmap:8 PCMA/16000",
        ])
    func nothing(line: String) throws {
        var negotiation = negotiation()
        #expect(throws: NegotiationError.nothingAcceptable) { _ = try negotiation.answer(described(line)) }
        #expect(negotiation.agreed == nil)
    }

    @Test("A later offer may move, change codec and add sections, but not drop any")
    func later() throws {
        var negotiation = negotiation()
        _ = try negotiation.answer(described("m=audio 5000 RTP/AVP 8"))
        let answer = try negotiation.answer(described("m=audio 5008 RTP/AVP 0", "m=audio 5010 RTP/AVP 8"))
        #expect(answer.media.map(\.port) == [4000, 0])
        #expect(answer.origin.version == "2")
        #expect(negotiation.agreed?.remote.port == 5008)
        #expect(throws: NegotiationError.tooFewStreams(expected: 2, found: 1)) {
            _ = try negotiation.answer(described("m=audio 5008 RTP/AVP 0"))
        }
    }

    @Test("The section in use stays even when an earlier one becomes acceptable")
    func slotStays() throws {
        var negotiation = negotiation()
        _ = try negotiation.answer(described("m=audio 5000 RTP/AVP 18", "m=audio 5002 RTP/AVP 8"))
        let answer = try negotiation.answer(described("m=audio 5000 RTP/AVP 8", "m=audio 5002 RTP/AVP 8"))
        #expect(answer.media.map(\.port) == [0, 4000])
    }

    @Test("Our IPv6 address meets an IPv6 peer")
    func version6() throws {
        var negotiation = MediaNegotiation(
            local: LocalMedia(address: .v6(0x2001_0db8_0000_0000, 1, zone: 0), port: 4000), sessionID: 1)
        let answer = try negotiation.answer(described("m=audio 5000 RTP/AVP 8", connection: "IN IP6 2001:db8::2"))
        #expect(answer.connection?.description == "IN IP6 2001:db8::1")
        #expect(negotiation.agreed?.remote.description == "[2001:db8::2]:5000")
    }
}
