import Base
import Testing

@testable import SDP

@Suite("Hold and resume: RFC 3264 §8.4, RFC 6337 §5.3")
struct HoldTests {
    /// What each side may do after an offer from the peer: its direction × our wish.
    @Test(
        "Our answer is our wish as far as the peer's direction allows",
        arguments: [
            ("sendrecv", false, "sendrecv", true, true), ("sendonly", false, "recvonly", false, true),
            ("recvonly", false, "sendonly", true, false), ("inactive", false, "inactive", false, false),
            ("sendrecv", true, "sendonly", true, false), ("sendonly", true, "inactive", false, false),
            ("recvonly", true, "sendonly", true, false), ("inactive", true, "inactive", false, false),
        ])
    func answers(offered: String, holding: Bool, answered: String, sends: Bool, receives: Bool) throws {
        var negotiation = negotiation(holding: holding)
        let answer = try negotiation.answer(described("m=audio 5000 RTP/AVP 8", "a=" + offered))
        #expect(answer.media[0].attributes.direction?.rawValue == answered)
        let media = try #require(negotiation.agreed)
        #expect(media.sends == sends)
        #expect(media.receives == receives)
        #expect(media.isHeldHere == holding)
        #expect(media.isHeldByPeer == ["sendonly", "inactive"].contains(offered))
    }

    /// What each side may do after our offer: our wish × the peer's answer, also an answer that RFC 3264 forbids.
    @Test(
        "What is in force is what both descriptions allow",
        arguments: [
            (false, "sendrecv", true, true), (false, "sendonly", false, true), (false, "recvonly", true, false),
            (false, "inactive", false, false), (true, "recvonly", true, false), (true, "inactive", false, false),
            (true, "sendrecv", true, false), (true, "sendonly", false, false),
        ])
    func offers(holding: Bool, answered: String, sends: Bool, receives: Bool) throws {
        var negotiation = negotiation(holding: holding)
        let offer = negotiation.offer()
        #expect(offer.media[0].attributes.direction == (holding ? .sendOnly : .sendAndReceive))
        let media = try negotiation.receive(answer: described("m=audio 5000 RTP/AVP 8", "a=" + answered))
        #expect(media.sends == sends)
        #expect(media.receives == receives)
        #expect(media.isHeldHere == holding)
        #expect(media.isHeldByPeer == ["sendonly", "inactive"].contains(answered))
    }

    @Test("A connection address of 0.0.0.0 stops our sound whatever the direction says, and is answered by direction")
    func oldStyle() throws {
        var negotiation = negotiation()
        let answer = try negotiation.answer(described("m=audio 5000 RTP/AVP 8", connection: "IN IP4 0.0.0.0"))
        #expect(answer.media[0].attributes.direction == .sendAndReceive)
        #expect(answer.connection?.address == "10.0.0.1")
        let held = try #require(negotiation.agreed)
        #expect(!held.sends && held.receives && held.isHeldByPeer)
        #expect(held.remote.address.isUnspecified && held.remoteControl.address.isUnspecified)
        _ = try negotiation.answer(described("m=audio 5000 RTP/AVP 8"))
        #expect(negotiation.agreed?.sends == true && negotiation.agreed?.isHeldByPeer == false)
    }

    @Test("A session-level direction counts where the section has none")
    func sessionLevel() throws {
        var negotiation = negotiation()
        _ = try negotiation.answer(described("a=inactive", "m=audio 5000 RTP/AVP 8"))
        #expect(negotiation.agreed?.isHeldByPeer == true)
        _ = try negotiation.answer(described("a=inactive", "m=audio 5000 RTP/AVP 8", "a=sendrecv"))
        #expect(negotiation.agreed?.isHeldByPeer == false)
    }

    @Test("Held by both, each side resumes for itself and nobody is stuck")
    func bothHold() throws {
        var door = negotiation()
        var phone = MediaNegotiation(local: LocalMedia(address: .v4(0x0A00_0002), port: 5000), sessionID: 7)
        func offer(from offerer: inout MediaNegotiation, to answerer: inout MediaNegotiation) throws {
            _ = try offerer.receive(answer: answerer.answer(offerer.offer()))
        }
        func sound() -> [Bool?] { [door.agreed?.sends, door.agreed?.receives, phone.agreed?.sends, phone.agreed?.receives] }

        try offer(from: &door, to: &phone)
        #expect(sound() == [true, true, true, true])
        phone.isHolding = true
        try offer(from: &phone, to: &door)
        #expect(sound() == [false, true, true, false])
        door.isHolding = true
        try offer(from: &door, to: &phone)
        #expect(sound() == [false, false, false, false])
        #expect(door.agreed?.isHeldByPeer == true && phone.agreed?.isHeldByPeer == true)
        phone.isHolding = false
        try offer(from: &phone, to: &door)
        #expect(sound() == [true, false, false, true])
        #expect(door.agreed?.isHeldByPeer == false && phone.agreed?.isHeldByPeer == true)
        door.isHolding = false
        try offer(from: &door, to: &phone)
        #expect(sound() == [true, true, true, true])
    }

    @Test("A new offer for another reason does not prolong the peer's hold")
    func notStuck() throws {
        var negotiation = negotiation()
        _ = try negotiation.answer(described("m=audio 5000 RTP/AVP 8", "a=sendonly"))
        #expect(negotiation.offer().media[0].attributes.direction == .sendAndReceive)
    }

    @Test(
        "Two of us agree on the same stream, whoever offers", arguments: [[Codec.pcma, .pcmu], [.pcmu, .pcma], [.pcmu]])
    func mirror(formats: [Codec]) throws {
        var door = negotiation()
        var phone = MediaNegotiation(local: LocalMedia(address: .v4(0x0A00_0002), port: 5000, formats: formats), sessionID: 7)
        _ = try phone.receive(answer: door.answer(phone.offer()))
        let (here, there) = try (#require(door.agreed), #require(phone.agreed))
        #expect(here.format == formats[0] && there.format == formats[0])
        #expect(here.sendPayloadType == there.receivePayloadType && here.receivePayloadType == there.sendPayloadType)
        #expect(here.sendEventPayloadType == 101 && there.receiveEventPayloadType == 101)
        #expect(here.remote == SocketAddress(.v4(0x0A00_0002), port: 5000))
        #expect(there.remote == SocketAddress(us, port: 4000))
    }
}
