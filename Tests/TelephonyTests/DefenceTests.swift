import Base
import SIP
import Telephony
import Testing

@Suite("Strangers, scanners and forgers")
struct DefenceTests {
    private static let stranger = SocketAddress(.v4(0xCB00_7109), port: 5060)

    /// A house that trusts the outsider's network only.
    private func house() -> World {
        var world = World()
        world.add { settings in
            settings.trust.everyone = false
            settings.trust.networks = [AddressRange(base: World.outsider.address, prefixLength: 24)]
        }
        return world
    }

    private func request(_ number: Int, _ method: String = "OPTIONS", fields: [String] = []) -> String {
        World.request(method, branch: "z9hG4bK\(number)", callID: "call\(number)", fields: fields)
    }

    private func events(_ world: World) -> [LogLine] {
        world.houses[0].outputs.compactMap { if case .event(let line) = $0 { line } else { nil } }
    }

    @Test(
        "A stranger gets some refusals, then silence, and in the end nothing of it is read",
        arguments: ["REGISTER", "OPTIONS", "INVITE"])
    func patience(method: String) {
        var world = house()
        for number in 0..<100 { world.inject(request(number, method), into: 0, from: Self.stranger) }
        let counters = world.snapshot(0).counters
        #expect(world.inbox().map(\.status) == Array(repeating: 403, count: 8))
        #expect(counters.refusedUntrusted == 8 && counters.ignoredUntrusted == 24 && counters.unread == 68)
        #expect(events(world).map(\.event) == ["source-blocked"])
        #expect(world.snapshot(0).blockedSources == 1)
        #expect(world.snapshot(0).transactions == 0)
    }

    @Test("A blocked source is heard again after five minutes, one that asks slowly always")
    func forgiven() {
        var world = house()
        for number in 0..<100 { world.inject(request(number), into: 0, from: Self.stranger) }
        _ = world.inbox()
        world.advance(by: .seconds(299))
        world.inject(request(200), into: 0, from: Self.stranger)
        #expect(world.inbox().isEmpty)
        world.advance(by: .seconds(2))
        for number in 300..<400 {
            world.inject(request(number), into: 0, from: Self.stranger)
            #expect(world.inbox().count == 1)
            world.advance(by: .seconds(3))
        }
    }

    @Test(
        "A scanner that says its name gets nothing at all",
        arguments: ["friendly-scanner", "sipcli/v1.8", "X (SIPVicious) 0.3", "VaxSIPUserAgent/3.1"])
    func scanner(name: String) {
        var world = house()
        world.inject(request(1, "REGISTER", fields: ["User-Agent: \(name)"]), into: 0, from: Self.stranger)
        world.inject(request(2, "REGISTER"), into: 0, from: Self.stranger)
        #expect(world.inbox().isEmpty)
        #expect(events(world).first?.values.first { $0.0 == "why" }?.1 == "scanner")
        #expect(world.snapshot(0).counters.unread == 1)
    }

    @Test("Phones are no scanners", arguments: ["baresip v1.0.0", "Grandstream GXP2170", "Asterisk PBX 22", "snomD785/10.1"])
    func phone(name: String) {
        var world = house()
        world.inject(request(1, fields: ["User-Agent: \(name)"]), into: 0, from: Self.stranger)
        #expect(world.inbox().map(\.status) == [403])
    }

    @Test("100,000 messages from as many invented sources: few answers, a bounded table, and the trusted caller gets through")
    func flood() throws {
        var world = house()
        var answers = 0
        for number in 0..<100_000 {
            let source = SocketAddress(.v4(0x0B00_0000 + UInt32(number)), port: 5060)
            let outputs = world.houses[0].agent.receive(
                wireForm(request(number, "INVITE")), from: .udp(source), to: world.houses[0].address, at: world.now)
            answers += outputs.count { if case .send = $0 { true } else { false } }
            if number % 1000 == 999 { world.now = world.now + .milliseconds(100) }
        }
        // 64 at once and 20 a second for ten seconds.
        #expect(answers <= 64 + 200)
        let snapshot = world.snapshot(0)
        #expect(snapshot.transactions == 0 && snapshot.calls.isEmpty)
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        #expect(world.incoming(0).count == 1)
    }

    @Test("Garbage counts, too, and whoever is trusted may send as much of it as it likes")
    func garbage() {
        var world = house()
        for _ in 0..<100 { world.inject("INVITE garbage garbage", into: 0, from: Self.stranger) }
        #expect(world.snapshot(0).blockedSources == 1)
        for _ in 0..<100 { world.inject("INVITE garbage garbage", into: 0) }
        #expect(world.snapshot(0).blockedSources == 1)
        world.inject(World.request("OPTIONS"), into: 0)
        #expect(world.inbox().map(\.status) == [200])
    }

    @Test("A stranger never gets more bytes than it sent")
    func amplification() {
        var world = house()
        let short = """
            OPTIONS sip:a SIP/2.0
            v:SIP/2.0/UDP a;branch=z9hG4bKx;rport
            f:<sip:a>;tag=a
            t:<sip:a>
            i:a
            CSeq:1 OPTIONS


            """
        world.inject(short, into: 0, from: Self.stranger)
        #expect(world.inbox().isEmpty)
        #expect(world.snapshot(0).counters.parseErrors == 0)
    }

    // MARK: Forgers

    @Test(
        "BYE, re-INVITE and INFO from elsewhere do nothing, though they know all that there is to know",
        arguments: ["BYE", "INVITE", "INFO", "UPDATE"])
    func forged(method: String) throws {
        var (world, invite) = try World.calledOut { settings in
            settings.trust.everyone = false
        }
        let body = method == "INVITE" || method == "UPDATE" ? World.description(port: 7999, version: 9) : ""
        let text = World.request(
            method, branch: "z9hG4bKforged", callID: invite.callID, fromTag: "peer", toTag: invite.fromTag, cseq: 9, body: body)
        let before = world.houses[0].outputs.count
        world.inject(text, into: 0, from: Self.stranger)
        #expect(world.inbox().isEmpty)
        #expect(world.snapshot(0).counters.spoofed == 1)
        #expect(world.houses[0].outputs[before...].allSatisfy { if case .log = $0 { true } else { false } })
        world.inject(text, into: 0)
        #expect(!world.inbox().isEmpty)
    }

    @Test("A CANCEL from elsewhere than its INVITE does nothing, though it be from somebody trusted")
    func forgedCancel() {
        var world = house()
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        world.inject(World.request("CANCEL"), into: 0, from: SocketAddress(.v4(0xC000_0202), port: 5060))
        #expect(world.ends(0, arrived).isEmpty)
        world.inject(World.request("CANCEL"), into: 0)
        #expect(world.ends(0, arrived).map(\.cause) == [.cancelled])
    }

    @Test("A phone may hang up from its own address though the INVITE went through a proxy")
    func direct() throws {
        var (world, invite) = try World.calling { $0.trust.everyone = false }
        world.reply(200, to: invite, fields: [("Contact", "<sip:peer@203.0.113.9>")], body: World.description())
        world.inject(
            World.request("BYE", branch: "z9hG4bKbye", callID: invite.callID, fromTag: "peer", toTag: invite.fromTag, cseq: 9),
            into: 0, from: Self.stranger)
        #expect(world.ends(0, first).map(\.cause) == [.remoteHangUp])
    }

    @Test("IPv6 strangers are counted by their /64")
    func network() throws {
        var world = house()
        for number in 0..<100 {
            let address = IPAddress.v6(0x2001_0DB8_0000_0001, UInt64(number), zone: 0)
            world.inject(request(number), into: 0, from: SocketAddress(address, port: 5060))
        }
        #expect(world.inbox().count == 8)
        #expect(world.snapshot(0).blockedSources == 1)
    }
}
