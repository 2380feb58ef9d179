import Base
import SIP
import Telephony
import Testing

@Suite("Texts: RFC 3428")
struct TextMessageTests {
    private func news(_ world: World) -> [News] {
        world.houses[0].outputs.compactMap { if case .news(let news) = $0 { news } else { nil } }
    }

    private func received(_ request: String) -> (World, [Int?]) {
        var world = World()
        world.add()
        world.inject(request, into: 0)
        let answers = world.inbox().map(\.status)
        return (world, answers)
    }

    @Test("A text from a trusted source is told, without what could harm a terminal")
    func text() {
        let (world, answers) = received(World.request("MESSAGE", body: "Grüße\u{1B}[2J\nhere", type: "text/plain;charset=UTF-8"))
        #expect(answers == [200])
        let message = TextMessage(from: uri("sip:peer@192.0.2.1"), displayName: "Out Sider", text: "Grüße [2J\nhere")
        #expect(news(world) == [.message(message)])
    }

    @Test(
        "Other types, too long texts and empty ones are no event",
        arguments: [
            ("<html>", "text/html", 415), ("x", "message/cpim", 415), (String(repeating: "x", count: 4097), "text/plain", 413),
            ("", "text/plain", 200),
        ])
    func refused(body: String, type: String, status: Int) {
        let (world, answers) = received(World.request("MESSAGE", body: body, type: type))
        #expect(answers == [status])
        #expect(news(world).isEmpty)
    }

    @Test("In a call, too")
    func inCall() throws {
        var (world, invite) = try World.calledOut()
        let text = World.request(
            "MESSAGE", branch: "z9hG4bKm", callID: invite.callID, fromTag: "peer", toTag: invite.fromTag, cseq: 7, body: "hello",
            type: "text/plain")
        world.inject(text, into: 0)
        #expect(world.inbox().map(\.status) == [200])
        #expect(news(world).count == 1)
    }

    private let id = MessageID(rawValue: 1)

    @Test("A text of ours is sent, a challenge answered, and what became of it told")
    func sent() throws {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@pbx.example"))
            account.credentials = Credentials(username: "door", password: "hunter2")
            settings.accounts = [account]
        }
        let target = uri("sip:peer@192.0.2.1")
        world.perform(0, .message(id, target: target, account: "pbx", text: "Post ist da"))
        let first = try world.received(.message)
        #expect(first.requestURI == target && first.from.uri == uri("sip:door@pbx.example") && first.contacts.isEmpty)
        #expect(first.header("Content-Type") == "text/plain;charset=UTF-8" && first.offer == "Post ist da")
        world.reply(407, to: first, fields: [("Proxy-Authenticate", "Digest realm=\"p\", nonce=\"n\"")])
        let second = try world.received(.message)
        #expect(second.header("Proxy-Authorization") != nil && second.cseq.number == 2 && second.callID == first.callID)
        world.reply(202, to: second)
        #expect(news(world) == [.messageSent(id, to: target, status: 202, text: "Accepted")])
    }

    @Test("Without an answer, an address or a text that is short enough, it fails and says so")
    func failed() throws {
        var world = World()
        world.add()
        let target = uri("sip:peer@192.0.2.1")
        world.perform(0, .message(id, target: target, account: nil, text: "x"))
        world.advance(by: .seconds(33))
        world.perform(0, .message(id, target: uri("sip:peer@nowhere.example"), account: nil, text: "x"))
        world.perform(0, .message(id, target: target, account: nil, text: String(repeating: "x", count: 5000)))
        world.perform(0, .message(id, target: target, account: "none", text: "x"))
        let texts = news(world).map { if case .messageSent(_, _, nil, let text) = $0 { text } else { "?" } }
        #expect(texts == ["no answer", "no address", "not 1 to 4096 bytes", "cannot be reached"])
    }
}
