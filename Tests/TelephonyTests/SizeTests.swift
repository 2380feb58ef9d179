import Base
import SIP
import Telephony
import Testing

@Suite("Requests too large for a datagram: RFC 3261 §18.1.1")
struct SizeTests {
    private let address = SocketAddress(.v4(0xC000_0201), port: 5060)

    /// A house whose name makes every request large, or not.
    private func world(nameLength: Int) -> World {
        var world = World()
        world.add { $0.localName = String(repeating: "x", count: nameLength) }
        return world
    }

    private func call(_ world: inout World, _ id: CallID) throws -> Message {
        world.perform(0, .call(id, target: try URI("sip:peer@192.0.2.1"), account: nil, ringTime: nil))
        return try world.received(.invite)
    }

    @Test("A large INVITE goes by TCP and says so; a small one does not")
    func large() throws {
        var small = world(nameLength: 10)
        #expect(try call(&small, first).header("Via")?.hasPrefix("SIP/2.0/UDP ") == true)
        #expect(small.hops == [.udp(address)])
        var large = world(nameLength: 1_300)
        #expect(try call(&large, first).header("Via")?.hasPrefix("SIP/2.0/TCP ") == true)
        #expect(large.hops == [Hop(.tcp, address)])
        large.advance(by: .seconds(10))
        #expect(large.wire.filter { $0.hasSuffix("INVITE") }.count == 1)
    }

    @Test("With all codecs and an answer to a challenge it is small enough; with three keys for encryption, without such")
    func codecs() throws {
        // What an Authorization takes, and names of usual length.
        for (policy, more) in [(SRTPPolicy.off, 300), (.offered, 0)] {
            var world = World()
            world.add {
                $0.localName = String(repeating: "x", count: 12 + more)
                $0.media.codecs = [.opus, .g722, .pcma, .pcmu]
                $0.media.srtp = policy
            }
            let invite = try call(&world, first)
            #expect(invite.offer.contains("opus") && invite.offer.contains("a=crypto:3") == (policy == .offered))
            #expect(world.hops == [.udp(address)])
        }
    }

    @Test("Who refuses TCP gets the same INVITE by UDP, is repeated to, and is not asked again for ten minutes")
    func refused() throws {
        var world = world(nameLength: 1_300)
        let byTCP = try call(&world, first)
        world.take(world.houses[0].agent.failed(Hop(.tcp, address), at: world.now), from: 0)
        let byUDP = try world.received(.invite)
        #expect(world.hops.last == .udp(address))
        #expect(byUDP.header("Via") == byTCP.header("Via")?.replacing("SIP/2.0/TCP", "SIP/2.0/UDP"))
        #expect(world.ends(0, first).isEmpty)
        let count = world.wire.filter { $0.hasSuffix("INVITE") }.count
        world.advance(by: .seconds(1))
        #expect(world.wire.filter { $0.hasSuffix("INVITE") }.count > count)
        let second = CallID.outgoing(2)
        _ = try call(&world, second)
        #expect(world.hops.last == .udp(address))
        world.advance(by: .seconds(700))
        _ = try call(&world, .outgoing(3))
        #expect(world.hops.last == Hop(.tcp, address))
    }

    @Test("A connection that breaks after an answer came changes nothing")
    func answered() throws {
        var world = world(nameLength: 1_300)
        let invite = try call(&world, first)
        world.reply(180, to: invite)
        let count = world.hops.count
        world.take(world.houses[0].agent.failed(Hop(.tcp, address), at: world.now), from: 0)
        #expect(world.hops.count == count)
        #expect(world.ends(0, first).isEmpty)
    }
}

extension String {
    fileprivate func replacing(_ old: String, _ new: String) -> String {
        guard hasPrefix(old) else { return self }
        return new + dropFirst(old.count)
    }
}
