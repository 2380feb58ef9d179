import Base
import SIP
import Telephony
import Testing

@Suite("Client-initiated connections: RFC 5626 §4")
struct OutboundTests {
    private let uuid = "00000000-0000-4000-8000-00000000000a"

    private func registering(_ transport: String, instance: String?) throws -> (World, Message) {
        var world = World()
        world.add { settings in
            settings.instance = instance
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.registrar = uri("sip:192.0.2.1\(transport)")
            settings.accounts = [account]
        }
        let register = try world.received(.register)
        return (world, register)
    }

    private func accept(_ world: inout World, _ register: Message, fields: [(String, String)] = []) {
        world.reply(200, to: register, fields: [("Contact", "<\(register.contacts[0].uri)>;expires=600")] + fields)
    }

    @Test("A REGISTER names machine and flow, and asks for calls by this way", arguments: ["", ";transport=tcp"])
    func register(transport: String) throws {
        let (_, register) = try registering(transport, instance: uuid)
        #expect(register.header("Contact")?.hasSuffix(";+sip.instance=\"<urn:uuid:\(uuid)>\";reg-id=1") == true)
        #expect(register.supported.contains("outbound"))
    }

    @Test("Without a UUID that is kept, it is an ordinary one", arguments: ["", ";transport=tcp"])
    func ordinary(transport: String) throws {
        let (_, register) = try registering(transport, instance: nil)
        #expect(register.header("Contact")?.contains("instance") == false)
        #expect(!register.supported.contains("outbound"))
    }

    @Test("Where the registrar agreed, calls say that this flow is the way to us", arguments: [true, false])
    func calls(agrees: Bool) throws {
        var (world, register) = try registering(";transport=tcp", instance: uuid)
        accept(&world, register, fields: agrees ? [("Require", "outbound")] : [])
        world.perform(0, .call(first, target: uri("sip:a@192.0.2.1;transport=tcp"), account: "pbx", ringTime: nil))
        let invite = try world.received(.invite)
        #expect(invite.contacts.first?.uri.parameters.contains("ob") == agrees)
    }

    @Test("Where a proxy on the way cannot have it so, it is asked for no more")
    func refused() throws {
        var (world, register) = try registering("", instance: uuid)
        world.reply(439, to: register)
        register = try world.received(.register)
        #expect(register.header("Contact")?.contains("reg-id") == false && !register.supported.contains("outbound"))
        world.reply(439, to: register)
        #expect(world.inbox().isEmpty)
    }

    @Test("By TCP, the registrar's Flow-Timer is handed to the connection, and no STUN goes out", arguments: [90, nil] as [Int?])
    func flowTimer(seconds: Int?) throws {
        var (world, register) = try registering(";transport=tcp", instance: uuid)
        let hop = try #require(world.hops.last)
        accept(&world, register, fields: [("Require", "outbound")] + (seconds.map { [("Flow-Timer", "\($0)")] } ?? []))
        #expect(world.houses[0].outputs.contains(.keepAlive(hop, every: seconds.map { .seconds($0) })))
        world.advance(by: .seconds(100))
        #expect(world.strays.isEmpty)
    }

    @Test("By TCP, the port of the connection is no reason to register again; another address is")
    func seenPort() throws {
        for (seen, isElsewhere) in [("10.0.0.1", false), ("198.51.100.7", true)] {
            var (world, register) = try registering(";transport=tcp", instance: nil)
            _ = world.inbox()
            var response = Response(to: register, status: 200, toTag: "r")
            var via = try #require(register.topVia)
            via.parameters["received"] = seen
            via.parameters["rport"] = "40000"
            response.headers.removeAll { $0.name == "Via" }
            response.headers.insert(HeaderField(name: "Via", value: via.description), at: 0)
            response.headers.append(HeaderField(name: "Contact", value: "<\(register.contacts[0].uri)>;expires=600"))
            let hop = try #require(world.hops.last)
            let outputs = world.houses[0].agent.receive(
                response.encoded(), from: hop, to: world.houses[0].address, at: world.now)
            world.take(outputs, from: 0)
            #expect(world.inbox().map { $0.contacts.first?.uri.host } == (isElsewhere ? [seen] : []))
        }
    }

    @Test("A server that ends each connection at once is registered with at growing intervals")
    func shortFlows() throws {
        var (world, register) = try registering(";transport=tcp", instance: nil)
        let hop = try #require(world.hops.last)
        var count = 0
        accept(&world, register)
        world.take(world.houses[0].agent.failed(hop, at: world.now), from: 0)
        for _ in 0..<200 {
            if let next = world.inbox().first(where: { $0.method == .register }) {
                register = next
                count += 1
                accept(&world, register)
                world.take(world.houses[0].agent.failed(hop, at: world.now), from: 0)
            }
            world.advance(by: .seconds(1))
        }
        #expect(count < 20)
        #expect(count > 3)
    }
}
