import Base
import SIP
import Telephony
import Testing

@Suite("Path and Service-Route: RFC 3327, 3608")
struct ServiceRouteTests {
    private func registered(_ fields: [(String, String)], proxy: String? = nil) throws -> (World, Message) {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@pbx.example"))
            account.registrar = uri("sip:192.0.2.1")
            account.outboundProxy = proxy.map(uri)
            settings.accounts = [account]
        }
        let request = try world.received(.register)
        world.reply(200, to: request, fields: [("Contact", "<\(request.contacts[0].uri)>;expires=600")] + fields)
        return (world, request)
    }

    private func invite(_ world: inout World) throws -> Message {
        world.perform(0, .call(first, target: uri("sip:201@203.0.113.9"), account: "pbx", ringTime: nil))
        return try world.received(.invite)
    }

    @Test("REGISTER says that proxies may put themselves on the way of calls to here")
    func path() throws {
        let (_, request) = try registered([])
        #expect(request.supported.contains("path"))
    }

    @Test("Calls of the account go the way that the registrar said, in its order")
    func serviceRoute() throws {
        var (world, _) = try registered([
            ("Service-Route", "<sip:192.0.2.7;lr>, <sip:home.example;lr;x=1>"), ("Service-Route", "<sip:c.example;lr>"),
        ])
        let request = try invite(&world)
        #expect(world.hops.last == .udp(SocketAddress(.v4(0xC000_0207), port: 5060)))
        #expect(request.routes.map(\.uri.host) == ["192.0.2.7", "home.example", "c.example"])
        #expect(request.requestURI == uri("sip:201@203.0.113.9"))
    }

    @Test("It follows the account's own proxy, which is named once", arguments: [("home.example", 2), ("192.0.2.1", 1)])
    func proxy(first: String, count: Int) throws {
        var (world, _) = try registered([("Service-Route", "<sip:\(first);lr>")], proxy: "sip:192.0.2.1")
        let routes = try invite(&world).routes
        #expect(routes.count == count && routes.first?.uri.host == "192.0.2.1" && routes.last?.uri.host == first)
        #expect(world.hops.last == .udp(World.outsider))
    }

    @Test("The latest 200 counts: without Service-Route there is none any more")
    func forgotten() throws {
        var (world, _) = try registered([("Service-Route", "<sip:192.0.2.7;lr>")])
        let refresh = try world.awaited(within: .seconds(600))
        world.reply(200, to: refresh, fields: [("Contact", "<\(refresh.contacts[0].uri)>;expires=600")])
        world.perform(0, .call(first, target: uri("sip:201@192.0.2.1"), account: "pbx", ringTime: nil))
        #expect(try world.received(.invite).routes.isEmpty)
    }
}
