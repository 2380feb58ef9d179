import Base
import SIP
import Telephony
import Testing

@Suite("Who watches the calls: RFC 6665 §4.2, RFC 4235")
struct WatcherTests {
    private func house() -> World {
        var world = World()
        world.add()
        return world
    }

    private func subscribe(
        event: String = "dialog", expires: Int? = 600, tag: String? = nil, number: Int = 1, fields: [String] = []
    ) -> String {
        World.request(
            "SUBSCRIBE", branch: "z9hG4bKs\(number)", callID: "watch@192.0.2.1", toTag: tag, cseq: number,
            fields: ["Event: \(event)"] + (expires.map { ["Expires: \($0)"] } ?? []) + fields)
    }

    /// The NOTIFYs that came, each answered.
    private func notices(_ world: inout World) -> [Message] {
        let notices = world.inbox().filter { $0.method == .notify && $0.isRequest }
        for notice in notices { world.reply(200, to: notice) }
        return notices
    }

    @Test("SUBSCRIBE gets 200 and at once a NOTIFY with all calls; each change is another")
    func watched() throws {
        var world = house()
        world.inject(subscribe(event: "dialog;id=7", fields: ["Record-Route: <sip:192.0.2.1;lr>"]), into: 0)
        let sent = world.inbox()
        #expect(sent.map(\.isRequest) == [false, true])
        #expect(sent[0].status == 200 && sent[0].expires == 600 && sent[0].recordRoutes.count == 1)
        let first = sent[1]
        #expect(first.method == .notify && first.fromTag == sent[0].toTag && first.toTag == "outs")
        #expect(first.header("Event") == "dialog;id=7" && first.header("Subscription-State") == "active;expires=600")
        #expect(first.routes.map(\.uri.host) == ["192.0.2.1"])
        #expect(
            first.offer.contains("version=\"0\" state=\"full\" entity=\"sip:house0@10.0.0.1\"")
                && !first.offer.contains("<dialog id"))
        world.reply(200, to: first)
        world.advance(by: .seconds(2))
        world.inject(
            World.request("INVITE", body: World.description()).replacing(
                "sip:peer@192.0.2.1>;tag", with: "sip:a&b@192.0.2.1>;tag"), into: 0)
        let second = try #require(notices(&world).first)
        #expect(second.offer.contains("version=\"1\""))
        #expect(
            second.offer.contains(
                "<dialog id=\"in-1\" direction=\"recipient\"><state>early</state><remote><identity>sip:a&amp;b@192.0.2.1</identity>"
            ))
        #expect(!second.offer.contains("call@192.0.2.1"))
        world.advance(by: .seconds(2))
        world.perform(0, .answer(arrived))
        #expect(notices(&world).first?.offer.contains("<state>confirmed</state>") == true)
        world.advance(by: .seconds(2))
        world.perform(0, .hangUp(arrived, cause: .localHangUp))
        #expect(notices(&world).first?.offer.contains("<dialog id") == false)
    }

    @Test("No more than one NOTIFY a second, and the last state is told")
    func quiet() throws {
        var world = house()
        world.inject(subscribe(), into: 0)
        _ = notices(&world)
        world.advance(by: .seconds(1))
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        #expect(notices(&world).count == 1)
        world.perform(0, .ring(arrived))
        world.perform(0, .answer(arrived))
        #expect(notices(&world).isEmpty)
        world.advance(by: .seconds(1))
        let notice = notices(&world)
        #expect(notice.count == 1 && notice[0].offer.contains("confirmed"))
    }

    @Test("It ends when its time is over, when it is taken back, and when it was for no time", arguments: [0, 1, 2])
    func ended(way: Int) throws {
        var world = house()
        world.inject(subscribe(expires: way == 2 ? 0 : 600), into: 0)
        let sent = world.inbox()
        let tag = try #require(sent[0].toTag)
        if way == 2 {
            #expect(sent[1].header("Subscription-State") == "terminated;reason=timeout")
        } else {
            world.reply(200, to: sent[1])
            if way == 0 {
                world.advance(by: .seconds(600))
            } else {
                world.inject(subscribe(expires: 0, tag: tag, number: 2), into: 0)
            }
            #expect(notices(&world).map { $0.header("Subscription-State") } == ["terminated;reason=timeout"])
        }
        world.inject(subscribe(tag: tag, number: 3), into: 0)
        #expect(world.inbox().map(\.status) == [481])
    }

    @Test("A refresh gets 200 and a NOTIFY, and the new time counts")
    func refreshed() throws {
        var world = house()
        world.inject(subscribe(), into: 0)
        let sent = world.inbox()
        world.reply(200, to: sent[1])
        world.advance(by: .seconds(500))
        world.inject(subscribe(tag: sent[0].toTag, number: 2), into: 0)
        let again = world.inbox()
        #expect(again.map(\.isRequest) == [false, true])
        world.reply(200, to: again[1])
        world.advance(by: .seconds(500))
        world.inject(subscribe(tag: sent[0].toTag, number: 3), into: 0)
        #expect(world.inbox().first?.status == 200)
    }

    @Test("Who refuses a NOTIFY or does not answer it gets no more", arguments: [481, 401, nil])
    func gone(status: Int?) throws {
        var world = house()
        world.inject(subscribe(), into: 0)
        let first = try world.received(.notify)
        if let status { world.reply(status, to: first) } else { world.advance(by: .seconds(40)) }
        _ = world.inbox()
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        #expect(notices(&world).isEmpty)
    }

    @Test(
        "What cannot be had is refused with what can",
        arguments: [
            (subscribeText("presence"), 489, "Allow-Events", "dialog"),
            (subscribeText("dialog", "Expires: 5"), 423, "Min-Expires", "60"),
            (subscribeText("dialog", "Accept: application/pidf+xml"), 406, "Accept", "application/dialog-info+xml"),
            (World.request("SUBSCRIBE"), 489, "Allow-Events", "dialog"),
        ])
    func refused(request: String, status: Int, header: String, value: String) throws {
        var world = house()
        world.inject(request, into: 0)
        let answers = world.inbox()
        #expect(answers.map(\.status) == [status] && answers.first?.header(header) == value)
    }

    static func subscribeText(_ event: String, _ field: String = "Expires: 600") -> String {
        World.request("SUBSCRIBE", fields: ["Event: \(event)", field])
    }

    @Test("The table is bounded, and strangers are not in it")
    func bounded() {
        var world = house()
        for number in 1...40 {
            let text = World.request(
                "SUBSCRIBE", branch: "z9hG4bKs\(number)", callID: "w\(number)@192.0.2.1",
                fields: ["Event: dialog", "Expires: 600"])
            world.inject(text, into: 0)
        }
        let sent = world.inbox()
        #expect(sent.filter { $0.status == 200 }.count == 32 && sent.filter { $0.status == 503 }.count == 8)
    }

    @Test("A NOTIFY goes to no address that is not trusted, whatever the Contact says")
    func elsewhere() throws {
        var world = World()
        world.add { settings in
            settings.trust.everyone = false
            settings.trust.hosts = ["192.0.2.1"]
        }
        world.inject(
            subscribe().replacing("Contact: <sip:peer@192.0.2.1:5060>", with: "Contact: <sip:victim@198.51.100.7>"), into: 0)
        #expect(world.hops.allSatisfy { $0 == .udp(World.outsider) } && world.hops.count == 2)
    }

    @Test("Going down, the house says so")
    func stopped() throws {
        var world = house()
        world.inject(subscribe(), into: 0)
        _ = notices(&world)
        world.perform(0, .stop)
        #expect(notices(&world).map { $0.header("Subscription-State") } == ["terminated;reason=probation"])
    }
}
