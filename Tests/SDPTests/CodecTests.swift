import Base
import Testing

@testable import SDP

private let all: [Codec] = [.opus, .g722, .pcma, .pcmu]

@Suite("Offers of all codecs")
struct CodecOfferTests {
    @Test("Each has its encoding and parameters, and each clock its keys")
    func first() {
        var negotiation = negotiation(formats: [.opus, .g722, .pcma, .pcmu, .l16])
        #expect(
            negotiation.offer().description.contains(
                """
                m=audio 4000 RTP/AVP 96 9 8 0 97 101 102 103\r
                a=rtpmap:96 opus/48000/2\r
                a=fmtp:96 maxplaybackrate=16000;useinbandfec=1\r
                a=rtpmap:9 G722/8000\r
                a=rtpmap:8 PCMA/8000\r
                a=rtpmap:0 PCMU/8000\r
                a=rtpmap:97 L16/16000\r
                a=rtpmap:101 telephone-event/8000\r
                a=fmtp:101 0-15\r
                a=rtpmap:102 telephone-event/16000\r
                a=rtpmap:103 telephone-event/48000\r
                a=rtcp-mux\r
                a=ptime:20\r
                a=sendrecv\r

                """))
    }

    @Test("Without silence, the peer is told that none need be sent")
    func discontinuous() {
        var negotiation = negotiation(formats: [.opus])
        negotiation.local.opus.usesDTX = true
        #expect(negotiation.offer().description.contains("useinbandfec=1;usedtx=1\r\n"))
    }

    @Test("A re-offer has the codec in use first, and the numbers of the first offer")
    func again() throws {
        var negotiation = negotiation(formats: all)
        let first = negotiation.offer()
        _ = try negotiation.receive(
            answer: described("m=audio 5000 RTP/AVP 9 8 116", "a=rtpmap:116 telephone-event/8000"))
        negotiation.isHolding = true
        let second = negotiation.offer()
        #expect(second.media[0].formats == ["9", "96", "8", "0", "101", "102"])
        #expect(
            Set(second.media[0].payloads.map { "\($0.type) \($0.encoding)" })
                == Set(first.media[0].payloads.map { "\($0.type) \($0.encoding)" }))
    }

    @Test("Numbers of an offer that came are ours in the next offer, and a number never changes its meaning")
    func learnt() throws {
        var negotiation = negotiation(formats: all)
        let answer = try negotiation.answer(
            described(
                "m=audio 5000 RTP/AVP 111 96 8", "a=rtpmap:111 opus/48000/2", "a=rtpmap:96 telephone-event/48000",
                "a=fmtp:96 0-15"))
        #expect(answer.media[0].formats == ["111", "96"])
        let offer = negotiation.offer()
        #expect(offer.media[0].formats == ["111", "9", "8", "0", "101", "96"])
    }
}

@Suite("Answers with all codecs")
struct CodecAnswerTests {
    @Test(
        "Each way has the number of the one who receives, keys have the clock of the sound or else 8000 Hz",
        arguments: [
            (
                ["m=audio 5000 RTP/AVP 107", "a=rtpmap:107 opus/48000/2"], Codec.opus, UInt8(107), UInt8(96), UInt8?.none,
                UInt8?.none, 8_000
            ),
            (
                [
                    "m=audio 5000 RTP/AVP 107 99 98", "a=rtpmap:107 OPUS/48000/2", "a=rtpmap:99 telephone-event/8000",
                    "a=rtpmap:98 telephone-event/48000",
                ],
                .opus, 107, 96, 98, 102, 48_000
            ),
            (
                ["m=audio 5000 RTP/AVP 96 101", "a=rtpmap:96 opus/48000/2", "a=rtpmap:101 telephone-event/8000"], .opus, 96, 96,
                101,
                101, 8_000
            ),
            (["m=audio 5000 RTP/AVP 96", "a=rtpmap:96 opus/48000"], .opus, 96, 96, nil, nil, 8_000),
            (["m=audio 5000 RTP/AVP 9 101", "a=rtpmap:101 telephone-event/8000"], .g722, 9, 9, 101, 101, 8_000),
            (
                ["m=audio 5000 RTP/AVP 109 101", "a=rtpmap:109 g722/8000", "a=rtpmap:101 telephone-event/48000"], .g722, 109, 9,
                nil, nil, 8_000
            ),
            (["m=audio 5000 RTP/AVP 96 8", "a=rtpmap:96 opus/16000/2"], .pcma, 8, 8, nil, nil, 8_000),
        ])
    func received(
        lines: [String], codec: Codec, send: UInt8, receive: UInt8, sendEvent: UInt8?, receiveEvent: UInt8?, clock: Int
    ) throws {
        var negotiation = negotiation(formats: all)
        _ = negotiation.offer()
        let media = try negotiation.receive(answer: described(lines.joined(separator: "\r\n")))
        #expect(media.format == codec)
        #expect(media.sendPayloadType == send && media.receivePayloadType == receive)
        #expect(media.sendEventPayloadType == sendEvent && media.receiveEventPayloadType == receiveEvent)
        #expect(media.eventClockRate == clock)
    }

    @Test("What both have listed may come at any time, under our numbers")
    func others() throws {
        var negotiation = negotiation(formats: all)
        _ = negotiation.offer()
        let media = try negotiation.receive(
            answer: described("m=audio 5000 RTP/AVP 8 120 18 9", "a=rtpmap:120 opus/48000/2"))
        #expect(media.format == .pcma)
        #expect(media.otherCodecs == [96: .opus, 9: .g722])
        var other = SDPTests.negotiation(formats: all)
        _ = try other.answer(described("m=audio 5000 RTP/AVP 8 9"))
        #expect(other.agreed?.otherCodecs == [:])
    }

    @Test("Ours follows the offerer's order, whatever ours is")
    func order() throws {
        for (formats, expected) in [("8 9 0", Codec.pcma), ("9 8", .g722), ("0", .pcmu)] {
            var negotiation = negotiation(formats: all)
            _ = try negotiation.answer(described("m=audio 5000 RTP/AVP " + formats))
            #expect(negotiation.agreed?.format == expected)
        }
    }

    @Test("Two of us agree on the offerer's first, with keys in its clock", arguments: Codec.allCases)
    func mirror(codec: Codec) throws {
        let formats = [codec] + Codec.allCases.filter { $0 != codec }
        var (caller, callee) = (negotiation(formats: formats), negotiation(formats: Codec.allCases))
        let answer = try callee.answer(caller.offer())
        let media = try caller.receive(answer: answer)
        let other = try #require(callee.agreed)
        #expect(media.format == codec && other.format == codec)
        #expect(media.sendPayloadType == other.receivePayloadType && media.receivePayloadType == other.sendPayloadType)
        #expect(media.eventClockRate == codec.clockRate && other.eventClockRate == codec.clockRate)
        #expect(media.sendEventPayloadType != nil && media.sendEventPayloadType == other.receiveEventPayloadType)
        #expect(media.opus == other.opus)
        #expect(codec != .opus || media.opus == .wideband)
    }

    @Test(
        "Packets are as long as the peer likes and the codec can",
        arguments: [
            ("a=ptime:30", Codec.opus, 20), ("a=ptime:60", .opus, 60), ("a=ptime:3", .opus, 10), ("a=maxptime:50", .opus, 20),
            ("a=ptime:60\r\na=maxptime:50", .opus, 40), ("a=fmtp:96 minptime=40", .opus, 40),
            ("a=fmtp:96 minptime=40\r\na=maxptime:20", .opus, 20), ("a=ptime:60", .l16, 40), ("a=ptime:30", .g722, 30),
        ])
    func packetTime(line: String, codec: Codec, milliseconds: Int) throws {
        var negotiation = negotiation(formats: [codec])
        _ = negotiation.offer()
        let type = codec.staticPayloadType ?? 96
        let media = try negotiation.receive(
            answer: described("m=audio 5000 RTP/AVP \(type)", "a=rtpmap:\(type) \(codec.encoding)", line))
        #expect(media.packetTime == .milliseconds(milliseconds))
    }
}

@Suite("Parameters of Opus: RFC 7587 §6.1")
struct OpusParametersTests {
    @Test("The peer's wishes are read, in any case and spacing")
    func reading() {
        let read = OpusParameters(
            parsing: "maxplaybackrate=12000; stereo=1;UseInbandFEC = 1;usedtx=1; maxaveragebitrate=20000 ;cbr=1;minptime=20;x")
        var expected = OpusParameters()
        expected.maximumPlaybackRate = 12_000
        expected.maximumAverageBitRate = 20_000
        expected.minimumPacketTime = .milliseconds(20)
        (expected.usesFEC, expected.usesDTX, expected.isConstantBitRate) = (true, true, true)
        #expect(read == expected)
        #expect(OpusParameters(parsing: expected.text) == expected)
    }

    @Test(
        "What makes no sense is as if it were not there",
        arguments: [
            "", ";;=;", "maxaveragebitrate=1", "maxaveragebitrate=99999999999999999999", "maxplaybackrate=-8000",
            "useinbandfec=yes",
            "minptime=0", "cbr=2", "usedtx",
        ])
    func nonsense(text: String) {
        #expect(OpusParameters(parsing: text) == OpusParameters())
    }
}
