import Base
import Intercom
import Testing

@Suite("Transfers, as the house sees them")
struct TransferTests {
    private let caller = CallID.incoming(1)

    private func talking() -> World {
        var world = World()
        world.tell(.incoming(caller, .family))
        world.tell(.answered(caller))
        return world
    }

    @Test("The tool's target is an entry of the phone book or a SIP URI, and the call must have been answered")
    func command() {
        var world = talking()
        #expect(
            world.tell(.transfer(nil, target: "sip:porter@10.0.0.9")).onCalls == [.transfer(caller, uri: "sip:porter@10.0.0.9")])
        #expect(
            world.tell(.transfer(nil, target: "nobody")) == [.refuse("\"nobody\" is neither a phone book entry nor a SIP URI")])
        var idle = World()
        #expect(idle.tell(.transfer(nil, target: "sip:porter@10.0.0.9")) == [.refuse("no call was answered")])
    }

    @Test("A call that goes on with somebody else is the same call, with another peer")
    func transferred() {
        var world = talking()
        world.tell(.transferred(caller, peer: "sip:porter@10.0.0.9"))
        #expect(world.events("call-transferred").map { $0.value("peer") } == [.text("sip:porter@10.0.0.9")])
        #expect(world.connected == [caller])
        #expect(world.house.snapshot(at: world.now).calls.first?.peer == "sip:porter@10.0.0.9")
    }

    @Test("A transfer that fails is told, and nothing else changes")
    func failed() {
        var world = talking()
        world.tell(.transferFailed(caller, reason: "486 Busy Here"))
        #expect(world.events("transfer-failed").map { $0.value("reason") } == [.text("486 Busy Here")])
        #expect(world.connected == [caller])
    }
}
