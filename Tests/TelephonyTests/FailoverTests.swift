import Base
import SIP
import Telephony
import Testing

@Suite("From a server that fails to the next, and the good one remembered: RFC 3263 §4.3")
struct FailoverTests {
    private static let dead = SocketAddress(.v4(0xC000_0205), port: 5060)
    private static let alive = SocketAddress(.v4(0xC000_0206), port: 5060)

    /// A house whose PBX has two servers.
    private func world(_ change: (inout UserAgentSettings) -> Void = { _ in }) -> World {
        var world = World()
        world.names["pbx.example"] = [Self.dead, Self.alive]
        world.add(change)
        return world
    }

    private func call(_ id: CallID, in world: inout World, target: String = "sip:peer@pbx.example") {
        world.perform(0, .call(id, target: uri(target), account: nil, ringTime: .seconds(100)))
    }

    @Test("The next INVITE has a new branch and nothing of the first server's, and waits for the second")
    func newBranch() throws {
        var world = world()
        call(first, in: &world)
        let before = try world.received(.invite)
        world.advance(by: .seconds(32))
        let after = try #require(world.inbox().last)
        #expect(after.branch != before.branch)
        #expect(after.callID == before.callID && after.fromTag == before.fromTag && after.requestURI == before.requestURI)
        #expect(world.hops.last?.address == Self.alive)
    }

    @Test("A second call goes to the server that answered, without waiting for the other")
    func rememberedAfterSilence() throws {
        var world = world()
        call(first, in: &world)
        world.advance(by: .seconds(32))
        world.reply(486, to: try #require(world.inbox().last))
        let sent = world.hops.count
        call(second, in: &world)
        #expect(world.hops.dropFirst(sent).first?.address == Self.alive)
    }

    @Test("After some minutes the first server gets another chance, and keeps its place when it answers")
    func anotherChance() throws {
        var world = world()
        call(first, in: &world)
        world.advance(by: .seconds(32))
        world.reply(486, to: try #require(world.inbox().last))
        world.advance(by: .seconds(301))
        for id in [second, CallID.outgoing(3)] {
            let sent = world.hops.count
            call(id, in: &world)
            #expect(world.hops.dropFirst(sent).first?.address == Self.dead)
            world.reply(486, to: try world.received(.invite))
        }
    }

    @Test(
        "503 leads on at once, and its Retry-After says for how long the server is left alone",
        arguments: [(nil, 250, true), (nil, 310, false), ("60", 50, true), ("60", 61, false), ("4000000000", 2300, true)]
            as [(String?, Int, Bool)])
    func unavailable(retryAfter: String?, seconds: Int, isAvoided: Bool) throws {
        var world = world()
        call(first, in: &world)
        let fields = retryAfter.map { [("Retry-After", $0)] } ?? []
        world.reply(503, to: try world.received(.invite), fields: fields)
        #expect(world.ends(0, first).isEmpty)
        #expect(world.hops.last?.address == Self.alive)
        world.reply(486, to: try world.received(.invite))
        world.advance(by: .seconds(seconds))
        let sent = world.hops.count
        call(second, in: &world)
        #expect(world.hops.dropFirst(sent).first?.address == (isAvoided ? Self.alive : Self.dead))
    }

    @Test("A connection that cannot be made leads on at once")
    func connection() throws {
        var world = world()
        call(first, in: &world, target: "sip:peer@pbx.example;transport=tcp")
        let hop = try #require(world.hops.last)
        #expect(hop == Hop(.tcp, Self.dead))
        world.take(world.houses[0].agent.failed(hop, at: world.now), from: 0)
        #expect(world.ends(0, first).isEmpty)
        #expect(world.hops.last == Hop(.tcp, Self.alive))
        let sent = world.hops.count
        call(second, in: &world, target: "sip:peer@pbx.example;transport=tcp")
        #expect(world.hops.dropFirst(sent).first == Hop(.tcp, Self.alive))
    }

    @Test("A server that fails as the only one is still asked")
    func onlyOne() throws {
        var world = world()
        world.names["pbx.example"] = [Self.dead]
        call(first, in: &world)
        world.advance(by: .seconds(32))
        #expect(world.ends(0, first).map(\.cause) == [.unreachable])
        let sent = world.hops.count
        call(second, in: &world)
        #expect(world.hops.dropFirst(sent).first?.address == Self.dead)
    }

    @Test("What a registration learnt about its servers calls make use of")
    func registrationTeaches() throws {
        var world = world { settings in
            var account = Account(name: "pbx", address: uri("sip:door@pbx.example"))
            account.registrar = uri("sip:pbx.example")
            settings.accounts = [account]
        }
        world.advance(by: .seconds(32))
        let register = try #require(world.inbox().last)
        #expect(world.hops.last?.address == Self.alive)
        world.reply(200, to: register, fields: [("Contact", "<\(register.contacts[0].uri)>;expires=600")])
        let sent = world.hops.count
        world.perform(0, .call(first, target: uri("sip:peer@pbx.example"), account: "pbx", ringTime: .seconds(100)))
        #expect(world.hops.dropFirst(sent).first?.address == Self.alive)
    }
}

@Suite("Servers in doubt")
struct ReachabilityTests {
    private let hop = Hop(.tls, SocketAddress(.loopback, port: 5061), serverName: "pbx.example")
    private let start = Instant()

    @Test("Each failure doubles the time in doubt, up to forty minutes, and an answer ends it")
    func pauses() {
        var table = Reachability()
        var now = start
        for minutes in [5, 10, 20, 40, 40, 40] {
            table.failed(hop, at: now)
            #expect(table.isInDoubt(hop, at: now + .seconds(minutes * 60 - 1)))
            now = now + .seconds(minutes * 60)
            #expect(!table.isInDoubt(hop, at: now))
        }
        table.failed(hop, at: now)
        table.answered(Hop(.tls, hop.address))
        #expect(!table.isInDoubt(hop, at: now))
        #expect(table.isEmpty)
    }

    @Test("The same address by another transport is another server")
    func transports() {
        var table = Reachability()
        table.failed(hop, at: start)
        #expect(!table.isInDoubt(Hop(.udp, hop.address), at: start))
    }

    @Test("A thousand failed servers leave a table of 64 at most, and the last of them in it")
    func bounded() {
        var table = Reachability()
        let hops = (0..<1000).map { Hop.udp(SocketAddress(.v4($0), port: 5060)) }
        for hop in hops { table.failed(hop, at: start) }
        #expect(hops.filter { table.isInDoubt($0, at: start) }.count <= 64)
        #expect(table.isInDoubt(hops[999], at: start))
    }
}
