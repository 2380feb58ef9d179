import Base
import Configuration
import Intercom
import Testing

@Suite("A call that its other side controls, and texts")
struct RemoteControlTests {
    private let caller = CallID.incoming(1)

    @Test("Asked to talk, a call that rings is answered by itself, with the tone that says so")
    func talk() {
        var world = World()
        world.tell(.incoming(caller, .stranger))
        #expect(world.tell(.talkAsked(caller)).onCalls == [.answer(caller)])
        #expect(world.count(.chime(.attention)) == 1)
        #expect(world.tell(.talkAsked(caller)).onCalls == [])
    }

    @Test("Asked to hold, an answered call is held, and taken back when asked to talk; another call is not")
    func hold() {
        var world = World()
        world.tell(.incoming(caller, .family))
        #expect(world.tell(.holdAsked(caller)).onCalls == [])
        world.tell(.answered(caller))
        #expect(world.tell(.holdAsked(.incoming(2))).onCalls == [] && world.tell(.talkAsked(.incoming(2))).onCalls == [])
        #expect(world.tell(.holdAsked(caller)).onCalls == [.hold(caller)])
        world.tell(.held(caller, true))
        #expect(world.tell(.holdAsked(caller)).onCalls == [])
        #expect(world.tell(.talkAsked(caller)).onCalls == [.resume(caller)])
    }

    @Test("A text goes to each address of an entry by its account, or to one address")
    func text() {
        var world = World()
        let sent = world.tell(.message(target: "sip:porter@10.0.0.9", text: "hi"))
        #expect(sent == [.sendText(uri: "sip:porter@10.0.0.9", account: nil, "hi")])
        #expect(
            world.tell(.message(target: "nobody", text: "hi")) == [
                .refuse("\"nobody\" is neither a phone book entry nor a SIP URI")
            ])
        #expect(world.tell(.message(target: "sip:x@y", text: "")) == [.refuse("expected a text of 1 to 4096 bytes")])
    }
}
