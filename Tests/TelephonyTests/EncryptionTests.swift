import Base
import SIP
import Telephony
import Testing

private let line = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\n"

private func secure(_ policy: SRTPPolicy) -> (inout UserAgentSettings) -> Void {
    { $0.media.srtp = policy }
}

private func savp(_ more: String = line) -> String {
    World.description().split(separator: "RTP/AVP").joined(separator: "RTP/SAVP") + more
}

extension World {
    fileprivate func sessions(_ index: Int) -> [MediaSession] {
        houses[index].outputs.compactMap { if case .media(_, let session?) = $0 { session } else { nil } }
    }

    fileprivate func ends(_ index: Int) -> [CallEnd] {
        houses[index].outputs.compactMap { if case .call(_, .ended(let end)) = $0 { end } else { nil } }
    }
}

@Suite("Encrypted sound: the policy off, offered and required")
struct EncryptionTests {
    @Test(
        "Two houses agree on keys, or do not come together",
        arguments: SRTPPolicy.allCases, SRTPPolicy.allCases)
    func policies(_ caller: SRTPPolicy, _ called: SRTPPolicy) throws {
        var world = World()
        world.add(secure(caller))
        world.add(secure(called))
        world.perform(0, .call(first, target: uri("sip:house1@10.0.0.2"), account: nil, ringTime: nil))
        world.advance(by: .seconds(1))
        if (caller == .required && called == .off) || (caller == .off && called == .required) {
            #expect(world.sessions(0).isEmpty && world.sessions(1).isEmpty, "not one packet could go out")
            let end = try #require(world.ends(0).first)
            #expect(end.cause == .incompatible)
            #expect(end.status == 488)
            if caller == .required { #expect(end.text?.contains("encrypted sound (SRTP) is required") == true) }
            return
        }
        let ringing = try #require(world.houses[1].outputs.compactMap { $0.incoming }.first)
        world.perform(1, .answer(ringing))
        world.advance(by: .seconds(1))
        let (mine, theirs) = (try #require(world.sessions(0).last), try #require(world.sessions(1).last))
        let isEncrypted = caller != .off && called != .off
        #expect((mine.keys != nil) == isEncrypted)
        #expect(mine.keys?.sending == theirs.keys?.receiving)
        #expect(mine.keys?.receiving == theirs.keys?.sending)
    }

    @Test("An offer in the clear gets 488 where encryption is required, with a Warning that says why")
    func refusal() throws {
        var world = World()
        world.add(secure(.required))
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        let response = try #require(world.inbox().first { $0.status == 488 })
        #expect(response.header("Warning") == "302 portier \"encrypted sound (SRTP) is required\"")
        #expect(world.sessions(0).isEmpty)
        world.inject(
            World.request("INVITE", branch: "z9hG4bK2", callID: "2", body: savp("a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA\n")),
            into: 0)
        let other = try #require(world.inbox().first { $0.status == 488 })
        #expect(other.header("Warning")?.hasPrefix("306 portier \"no usable key") == true)
    }

    @Test("An answer in the clear to an offer that requires encryption is hung up on, and nothing was ever to be sent")
    func clearAnswer() throws {
        for answer in [World.description(), savp("")] {
            var (world, invite) = try World.calling(secure(.required))
            #expect(invite.offer.contains("RTP/SAVP"))
            world.reply(183, to: invite, body: answer)
            world.reply(200, to: invite, body: answer)
            let sent = world.inbox().map(\.method)
            #expect(sent.contains(.ack) && sent.contains(.bye))
            #expect(world.sessions(0).isEmpty)
            let end = try #require(world.ends(0).first)
            #expect(end.cause == .incompatible)
            #expect(end.text == "no usable answer: encrypted sound (SRTP) is required")
        }
    }

    @Test("Early media and the answer of another fork have keys of their own, and ours is one")
    func forks() throws {
        var (world, invite) = try World.calling(secure(.required))
        let other = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\n"
        world.reply(183, to: invite, tag: "one", body: savp())
        world.reply(200, to: invite, tag: "two", body: savp(other))
        let sessions = world.sessions(0)
        #expect(sessions.count == 2)
        #expect(sessions[0].keys?.sending == sessions[1].keys?.sending)
        #expect(sessions[0].keys?.receiving != sessions[1].keys?.receiving)
    }

    @Test("Where encryption is offered, 488 to RTP/AVP is asked once more by RTP/SAVP, and then believed")
    func insisting() throws {
        var (world, invite) = try World.calling(secure(.offered))
        #expect(invite.offer.contains("RTP/AVP") && invite.offer.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80"))
        world.reply(488, to: invite)
        let second = try world.received(.invite)
        #expect(second.offer.contains("RTP/SAVP"))
        #expect(second.cseq.number == invite.cseq.number + 1)
        world.reply(488, to: second)
        #expect(world.ends(0).map(\.cause) == [.incompatible])
        #expect(!world.inbox().contains { $0.method == .invite })
    }

    @Test("A late offer requires encryption too: an ACK in the clear is answered by BYE")
    func lateOffer() throws {
        var world = World()
        world.add(secure(.required))
        world.inject(World.request("INVITE"), into: 0)
        let id = try #require(world.houses[0].outputs.compactMap { $0.incoming }.first)
        world.perform(0, .answer(id))
        let answer = try #require(world.inbox().first { $0.status == 200 })
        #expect(answer.offer.contains("RTP/SAVP"))
        world.inject(
            World.request("ACK", branch: "z9hG4bKack", toTag: answer.toTag, body: World.description()), into: 0)
        #expect(world.inbox().contains { $0.method == .bye })
        #expect(world.sessions(0).isEmpty)
    }

    @Test("A re-INVITE into the clear gets 488, and the encrypted call goes on")
    func downgrade() throws {
        var (world, invite) = try World.calling(secure(.required))
        world.reply(200, to: invite, body: savp())
        let before = world.sessions(0)
        world.strays = []
        world.inject(
            World.request(
                "INVITE", uri: "sip:house0@10.0.0.1", branch: "z9hG4bKre", callID: invite.callID, fromTag: "peer",
                toTag: invite.fromTag, cseq: 9, body: World.description(version: 2)), into: 0)
        let response = try #require(world.inbox().first { $0.status == 488 })
        #expect(response.header("Warning")?.contains("is required") == true)
        #expect(world.sessions(0) == before)
        #expect(world.ends(0).isEmpty)
    }

    @Test("An account's policy is its own; a house without a source of keys takes no encrypted call")
    func account() throws {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.srtp = .required
            settings.accounts = [account]
        }
        world.perform(0, .call(first, target: uri("sip:peer@192.0.2.1"), account: "pbx", ringTime: nil))
        #expect(try world.received(.invite).offer.contains("RTP/SAVP"))
        world.perform(0, .call(.outgoing(2), target: uri("sip:peer@192.0.2.1"), account: nil, ringTime: nil))
        let direct = try world.received(.invite).offer
        #expect(direct.contains("RTP/AVP") && !direct.contains("crypto"))
    }

    @Test("No key is ever in a log line")
    func silence() throws {
        var (world, invite) = try World.calling(secure(.required))
        world.reply(200, to: invite, body: savp())
        world.inject(
            World.request("INVITE", branch: "z9hG4bK2", callID: "2", body: savp("a=crypto:1 x inline:SECRET\n")), into: 0)
        let keys = invite.offer.split(separator: "\r\n").compactMap { $0.split(separator: "inline:").dropFirst().first }
        #expect(keys.count == 3)
        for case .log(_, let log) in world.houses[0].outputs {
            for (_, value) in log.values {
                #expect(!value.contains("inline:"))
                for key in keys { #expect(!value.contains(key.prefix(12))) }
            }
        }
        #expect(!"\(world.sessions(0))".contains("inline"))
    }
}

extension Output {
    fileprivate var incoming: CallID? { if case .call(let id, .incoming) = self { id } else { nil } }
}
