import SIP
import Telephony
import Testing

@Suite("Redirections: RFC 3261 §8.1.3.4 and §21.3")
struct RedirectionTests {
    private func redirected(_ contacts: String, status: Int = 302) throws -> (World, Message) {
        var (world, invite) = try World.calling()
        world.reply(status, to: invite, fields: [("Contact", contacts)])
        return (world, invite)
    }

    @Test("302 is followed with the same Call-ID and From, a new branch and a higher number")
    func followed() throws {
        var (world, invite) = try redirected("<sip:other@192.0.2.1:5070>")
        let again = try world.received(.invite)
        #expect(again.requestURI == uri("sip:other@192.0.2.1:5070"))
        #expect(again.callID == invite.callID && again.fromTag == invite.fromTag && again.branch != invite.branch)
        #expect(again.cseq.number > invite.cseq.number)
        world.reply(200, to: again, body: World.description())
        #expect(world.events(0, first) == [.answered])
    }

    @Test("The best comes first, and the next when it refuses; then the call ends with what was said last")
    func inOrder() throws {
        var (world, _) = try redirected("<sip:b@192.0.2.1>;q=0.2, <sip:a@192.0.2.1>;q=0.9, <mailto:x@y>")
        let best = try world.received(.invite)
        #expect(best.requestURI?.user == "a")
        world.reply(486, to: best)
        let next = try world.received(.invite)
        #expect(next.requestURI?.user == "b")
        world.reply(480, to: next)
        #expect(world.ends(0, first).map(\.status) == [480])
    }

    @Test(
        "A redirection to itself, to nowhere or to another scheme is not followed",
        arguments: [
            "<sip:peer@192.0.2.1>", "", "<http://192.0.2.1/>", "<tel:+123>",
        ])
    func notFollowed(contacts: String) throws {
        let (world, _) = try redirected(contacts)
        #expect(world.ends(0, first).map(\.status) == [302])
    }

    @Test("A chain of redirections ends after five")
    func chain() throws {
        var (world, invite) = try redirected("<sip:hop0@192.0.2.1>")
        _ = invite
        var count = 0
        while let next = world.inbox().first(where: { $0.method == .invite }) {
            count += 1
            world.reply(302, to: next, fields: [("Contact", "<sip:hop\(count)@192.0.2.1>")])
        }
        #expect(count == 5)
        #expect(world.ends(0, first).map(\.status) == [302])
    }

    @Test("603 from one of several ends the search")
    func declined() throws {
        var (world, _) = try redirected("<sip:a@192.0.2.1>;q=0.9, <sip:b@192.0.2.1>")
        world.reply(603, to: try world.received(.invite))
        #expect(world.ends(0, first).map(\.cause) == [.declined])
    }

    @Test("Headers in a redirection's URI are not taken into our request")
    func headers() throws {
        var (world, _) = try redirected("<sip:a@192.0.2.1?Subject=x&Route=%3Csip:evil@203.0.113.1%3E>")
        let invite = try world.received(.invite)
        #expect(invite.routes.isEmpty && invite.requestURI?.headers == "")
    }

    @Test("A proxy that asks for credentials, redirects, and asks again is answered both times; a third time is a wrong password")
    func askedAgain() throws {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@pbx.example"))
            account.credentials = Credentials(username: "door", password: "hunter2")
            settings.accounts = [account]
        }
        func challenge(_ nonce: String) -> [(String, String)] {
            [("Proxy-Authenticate", "Digest realm=\"pbx\", nonce=\"\(nonce)\", qop=\"auth\"")]
        }
        world.perform(0, .call(first, target: uri("sip:peer@192.0.2.1"), account: "pbx", ringTime: nil))
        world.reply(407, to: try world.received(.invite), fields: challenge("n1"))
        world.reply(302, to: try world.received(.invite), fields: [("Contact", "<sip:other@192.0.2.1>")])
        world.reply(407, to: try world.received(.invite), fields: challenge("n2"))
        let last = try world.received(.invite)
        #expect(last.requestURI?.user == "other")
        #expect(last.headers("Proxy-Authorization").contains { $0.contains("nonce=\"n2\"") })
        world.reply(407, to: last, fields: challenge("n3"))
        #expect(world.ends(0, first).map(\.cause) == [.forbidden])
    }
}
