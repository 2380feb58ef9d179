import Base
import SIP
import Telephony
import Testing

@Suite("Transports, connections and moving house: RFC 3261 §18, RFC 5626 §4.4")
struct TransportTests {
    @Test(
        "A call by TCP or TLS says so in Via and Contact, and sends nothing twice",
        arguments: [
            ("sip:peer@192.0.2.1;transport=tcp", "SIP/2.0/TCP", ":5060;transport=tcp>", Transport.tcp),
            ("sip:peer@192.0.2.1;transport=TLS", "SIP/2.0/TLS", ":5061;transport=tls>", .tls),
            ("sips:peer@192.0.2.1", "SIP/2.0/TLS", "<sips:house0@10.0.0.1:5061>", .tls),
        ])
    func viaAndContact(target: String, via: String, contact: String, transport: Transport) throws {
        var world = World()
        world.add()
        world.perform(0, .call(first, target: try URI(target), account: nil, ringTime: nil))
        let invite = try world.received(.invite)
        #expect(invite.header("Via")?.hasPrefix(via) == true)
        #expect(invite.header("Contact")?.hasSuffix(contact) == true)
        #expect(world.hops == [Hop(transport, SocketAddress(.v4(0xC000_0201), port: transport.defaultPort))])
        world.advance(by: .seconds(20))
        #expect(world.wire.filter { $0.hasSuffix("INVITE") }.count == 1)
    }

    @Test(
        "A challenge is answered by TCP as by UDP, though there the refusal ends the transaction at once",
        arguments: ["udp", "tcp"])
    func challenged(transport: String) throws {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.credentials = Credentials(username: "door", password: "hunter2")
            settings.accounts = [account]
        }
        let target = uri("sip:peer@192.0.2.1;transport=\(transport)")
        world.perform(0, .call(first, target: target, account: "pbx", ringTime: nil))
        let challenge = ("WWW-Authenticate", "Digest realm=\"pbx\", nonce=\"n1\", qop=\"auth\"")
        world.reply(401, to: try world.received(.invite), fields: [challenge])
        let again = try world.received(.invite)
        #expect(again.header("Authorization")?.contains("nonce=\"n1\"") == true)
        world.reply(200, to: again, body: World.description())
        #expect(world.events(0, first) == [.answered])
        world.perform(0, .hangUp(first, cause: .localHangUp))
        world.reply(
            401, to: try world.received(.bye), fields: [("WWW-Authenticate", "Digest realm=\"pbx\", nonce=\"n2\", stale=true")])
        #expect(try world.received(.bye).header("Authorization")?.contains("nonce=\"n2\"") == true)
    }

    @Test("A connection that cannot be made fails the call at once")
    func brokenConnection() throws {
        var world = World()
        world.add()
        world.perform(0, .call(first, target: try URI("sip:peer@192.0.2.1;transport=tcp"), account: nil, ringTime: nil))
        let hop = try #require(world.hops.last)
        world.take(world.houses[0].agent.failed(hop, at: world.now), from: 0)
        #expect(world.ends(0, first).map(\.cause) == [.unreachable])
    }

    @Test("A request by TCP is answered by the connection that it came by, whatever its Via says")
    func answersByConnection() {
        var world = World()
        world.add()
        let source = Hop(.tcp, SocketAddress(.v4(0xC000_0263), port: 40_000))
        let request = World.request("OPTIONS")
        world.take(
            world.houses[0].agent.receive(wireForm(request), from: source, to: world.houses[0].address, at: world.now), from: 0)
        #expect(world.hops == [source])
    }

    @Test("A registration whose connection breaks is made anew at once")
    func registersAnew() throws {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.registrar = uri("sip:192.0.2.1;transport=tcp")
            settings.accounts = [account]
        }
        let register = try world.received(.register)
        let fields = [("Contact", "<\(register.contacts[0].uri)>;expires=600")]
        world.reply(200, to: register, fields: fields)
        let before = world.wire.count
        world.take(world.houses[0].agent.failed(try #require(world.hops.last), at: world.now), from: 0)
        #expect(world.wire.dropFirst(before).first?.hasSuffix("REGISTER") == true)
    }

    @Test("A call goes on when our address changes: the peer is offered the new one")
    func movesCalls() throws {
        var (world, _) = try World.calledOut()
        world.houses[0].address = .v4(0x0A00_0909)
        world.take(world.houses[0].agent.moved(at: world.now), from: 0)
        let reinvite = try world.received(.invite)
        #expect(reinvite.header("Contact")?.contains("@10.0.9.9:") == true)
        #expect(String(decoding: reinvite.body, as: UTF8.self).contains("c=IN IP4 10.0.9.9"))
        #expect(world.ends(0, first).isEmpty)
    }

    @Test("Registrations move when our address does, though they would have been good for minutes")
    func movesRegistrations() throws {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.registrar = uri("sip:192.0.2.1")
            settings.accounts = [account]
        }
        let register = try world.received(.register)
        world.reply(200, to: register, fields: [("Contact", "<\(register.contacts[0].uri)>;expires=600")])
        world.houses[0].address = .v4(0x0A00_0909)
        world.take(world.houses[0].agent.moved(at: world.now), from: 0)
        let again = try world.received(.register)
        #expect(again.contacts.first?.uri.host == "10.0.9.9")
        #expect(again.contacts.last?.uri.host == "10.0.0.1")
        #expect(again.contacts.last?.parameters["expires"] == "0")
    }
}
