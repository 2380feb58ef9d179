import Base
import SIP
import Telephony
import Testing

@Suite("A call between two user agents: RFC 3261 §13 and §15")
struct CallTests {
    @Test("INVITE, 180, 200, ACK; both hear of it and agree on the sound")
    func answered() throws {
        let world = World.talking()
        #expect(world.wire == ["0>1 INVITE", "1>0 180 INVITE", "1>0 200 INVITE", "0>1 ACK"])
        #expect(world.events(0, first) == [.ringing(earlyMedia: false), .answered])
        #expect(world.events(1, arrived).last == .answered)
        let (_, call) = try #require(world.incoming(1).first)
        #expect(call.from == uri("sip:house0@10.0.0.1:5060"))
        #expect(call.target == uri("sip:house1@10.0.0.2"))
        #expect(call.source == SocketAddress(.v4(0x0A00_0001), port: 5060))

        let near = try #require(world.sessions(0, first).last.flatMap { $0 })
        let far = try #require(world.sessions(1, arrived).last.flatMap { $0 })
        #expect(near.remote == SocketAddress(.v4(0x0A00_0002), port: far.localPort))
        #expect(far.remote == SocketAddress(.v4(0x0A00_0001), port: near.localPort))
        #expect(near.codec == .pcma && far.codec == .pcma)
        #expect(near.sends && near.receives && far.sends && far.receives)
    }

    @Test("Either side hangs up, both hear of it once, and nothing is left", arguments: [0, 1])
    func hungUp(side: Int) {
        var world = World.talking()
        let (here, there) = side == 0 ? ((0, first), (1, arrived)) : ((1, arrived), (0, first))
        world.perform(here.0, .hangUp(here.1, cause: .localHangUp))
        #expect(world.ends(here.0, here.1) == [CallEnd(.localHangUp)])
        world.settle()
        let normal = CallEnd(.remoteHangUp, networkCause: 16, text: "Normal call clearing")
        #expect(world.ends(there.0, there.1) == [normal])
        #expect(world.sessions(0, first).last == .some(nil))
        #expect(world.sessions(1, arrived).last == .some(nil))
        #expect(world.wire.suffix(2) == ["\(here.0)>\(there.0) BYE", "\(there.0)>\(here.0) 200 BYE"])
        for index in 0...1 {
            #expect(world.snapshot(index).transactions == 0)
            #expect(world.snapshot(index).lingeringCalls == 0)
            #expect(world.snapshot(index).calls.isEmpty)
        }
    }
}
