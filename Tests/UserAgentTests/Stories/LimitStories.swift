import Base
import Simulator
import Telephony
import Testing

@Suite("Limits, silence, new settings and the end")
struct LimitStories {
    @Test("A call that nobody answers here is given up after the ring time, and the caller told")
    func ringTime() throws {
        let stage = Stage(settings: Stage.settings { $0.limits.ringTime = .seconds(20) })
        _ = stage.phoneCalls()
        let id = try #require(stage.door.incoming.first)
        stage.door.perform(.ring(id))
        stage.network.advance(by: .seconds(19))
        #expect(stage.door.end(of: id) == nil)
        stage.network.advance(by: .seconds(2))
        #expect(stage.door.end(of: id)?.cause == .noAnswer)
        #expect(stage.heard == ["180 INVITE", "480 INVITE"] || stage.heard == ["180 INVITE", "408 INVITE"])
    }

    @Test("A call that lasts too long is ended, counted from the answer")
    func callTime() {
        let stage = Stage(settings: Stage.settings { $0.limits.callTime = .seconds(100) })
        stage.phoneAnswers(after: .seconds(10))
        let call = stage.dial()
        stage.network.advance(by: .seconds(109))
        #expect(stage.door.end(of: call) == nil)
        stage.network.advance(by: .seconds(2))
        #expect(stage.door.end(of: call)?.cause == .timeLimit)
        #expect(stage.heard.last == "BYE")
    }

    @Test("A call without media is ended, unless somebody holds")
    func silence() throws {
        let stage = Stage()
        let (call, id) = try stage.answered()
        call.invite(sdp: ScriptedSDP.audio(stage.phoneSound, direction: "inactive", version: 2))
        stage.network.advance(by: .seconds(1))
        stage.door.perform(.mediaSilent(id))
        stage.network.advance(by: .seconds(1))
        #expect(stage.door.end(of: id) == nil)
        call.invite(sdp: ScriptedSDP.audio(stage.phoneSound, version: 3))
        stage.network.advance(by: .seconds(1))
        stage.door.perform(.mediaSilent(id))
        stage.network.advance(by: .seconds(1))
        #expect(stage.door.end(of: id)?.cause == .mediaLost)
        #expect(stage.heard.last == "BYE")
    }

    @Test("BYE that nobody answers still ends the call at once")
    func deadPeer() {
        let stage = Stage()
        let call = stage.talking()
        stage.network.detach(Stage.phoneAddress)
        stage.door.perform(.hangUp(call, cause: .localHangUp))
        stage.network.advance(by: .seconds(60))
        #expect(stage.door.end(of: call)?.cause == .localHangUp)
    }

    @Test("Every call takes ports of its own, gives them back, and without a port there is no call")
    func ports() throws {
        let stage = Stage(
            settings: Stage.settings {
                $0.media.ports = [4000, 4002]
                $0.limits.concurrentCalls = 10
            })
        stage.phoneAnswers(after: .seconds(1))
        let calls = [stage.dial(1), stage.dial(2), stage.dial(3)]
        stage.network.advance(by: .seconds(3))
        #expect(stage.door.media[calls[0]]?.localPort == 4000)
        #expect(stage.door.media[calls[1]]?.localPort == 4002)
        #expect(stage.door.end(of: calls[2]) != nil)
        stage.door.perform(.hangUp(calls[0], cause: .localHangUp))
        stage.network.advance(by: .seconds(40))
        let next = stage.dial(4)
        stage.network.advance(by: .seconds(3))
        #expect(stage.door.media[next]?.localPort == 4000)
    }

    @Test("Stopping ends every call, gives up registrations, and says when it is done")
    func stop() throws {
        let stage = Stage()
        let call = stage.talking()
        let ringing = stage.dial(2)
        stage.network.advance(by: .milliseconds(100))
        stage.door.perform(.stop)
        stage.network.advance(by: .seconds(1))
        #expect(stage.door.end(of: call)?.cause == .shutDown)
        #expect(stage.door.end(of: ringing)?.cause == .shutDown)
        #expect(stage.heard.contains("BYE") && stage.heard.contains("CANCEL"))
        #expect(stage.door.isStopped)
    }

    @Test("Stopping does not wait for a dead peer")
    func stopAlone() {
        let stage = Stage()
        let call = stage.talking()
        stage.network.detach(Stage.phoneAddress)
        stage.door.perform(.stop)
        stage.network.advance(by: .seconds(3))
        #expect(stage.door.end(of: call)?.cause == .shutDown)
        #expect(stage.door.isStopped)
    }

    @Test("New settings touch neither a call nor an account that they do not change")
    func reconfigure() {
        func account(_ name: String, password: String) -> Account {
            var account = Account(name: name, address: Stage.uri("sip:\(name)@pbx.example"))
            account.registrar = Stage.uri("sip:pbx.example")
            account.credentials = Credentials(username: name, password: password)
            account.expires = .seconds(3600)
            return account
        }
        let settings = Stage.settings { $0.accounts = [account("one", password: "a"), account("two", password: "b")] }
        let stage = Stage(settings: settings, starts: false)
        let registrar = SimulatedRegistrar(on: stage.network, at: Stage.pbxAddress)
        registrar.policy.passwords = ["one": "a", "two": "c", "three": "d"]
        stage.door.start()
        stage.network.advance(by: .seconds(5))
        #expect(registrar.isRegistered("sip:one@pbx.example") && !registrar.isRegistered("sip:two@pbx.example"))
        let call = stage.talking()
        let before = registrar.peer.received.count

        var changed = settings
        changed.accounts = [account("one", password: "a"), account("two", password: "c"), account("three", password: "d")]
        changed.limits.concurrentCalls = 2
        stage.door.perform(.reconfigure(changed))
        stage.network.advance(by: .seconds(10))
        let addresses = registrar.peer.received.dropFirst(before).map { $0.message["to"] ?? "" }
        #expect(!addresses.contains { $0.contains("one@") })
        #expect(registrar.isRegistered("sip:two@pbx.example") && registrar.isRegistered("sip:three@pbx.example"))
        #expect(stage.door.end(of: call) == nil && stage.door.media[call] != nil)
        #expect(stage.heard.last == "ACK")

        changed.accounts.removeFirst()
        stage.door.perform(.reconfigure(changed))
        stage.network.advance(by: .seconds(5))
        #expect(!registrar.isRegistered("sip:one@pbx.example"))
        #expect(stage.door.end(of: call) == nil)
    }
}
