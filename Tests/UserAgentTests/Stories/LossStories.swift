import Base
import Simulator
import Telephony
import Testing

@Suite("Bad networks: RFC 3261 §17 end to end")
struct LossStories {
    /// Two of us behind a network; the second one answers after a while.
    private func run(_ conditions: VirtualNetwork.Conditions, seed: UInt64) throws -> (
        stage: Stage, other: SimulatedPhone, call: CallID
    ) {
        let stage = Stage(seed: seed)
        let other = SimulatedPhone(
            on: stage.network, at: Stage.phoneAddress, settings: Stage.openSettings(), seed: seed + 1_000)
        other.start()
        other.script = { phone, call, event in
            guard case .incoming = event else { return }
            phone.perform(.ring(call))
            phone.after(.seconds(3)) { phone.perform(.answer(call)) }
        }
        stage.network.conditions = conditions
        let call = stage.dial()
        stage.network.advance(by: .seconds(35))
        #expect(stage.door.events(of: call).contains(.answered), "seed \(seed)")
        #expect(other.incoming.count == 1, "seed \(seed)")
        stage.door.perform(.hold(call))
        stage.network.advance(by: .seconds(40))
        stage.door.perform(.hangUp(call, cause: .localHangUp))
        stage.network.advance(by: .seconds(80))
        return (stage, other, call)
    }

    @Test(
        "Calls are carried through, held and ended once on both sides, whatever the network does",
        arguments: [
            VirtualNetwork.Conditions(delay: .milliseconds(20), loss: 0.2),
            .init(delay: .milliseconds(20), jitter: .milliseconds(400)),
            .init(delay: .milliseconds(5), duplication: 0.5),
            .init(delay: .milliseconds(150), jitter: .milliseconds(300), loss: 0.15, duplication: 0.2),
        ])
    func conditions(_ conditions: VirtualNetwork.Conditions) throws {
        for seed in UInt64(1)...40 {
            let (stage, other, call) = try run(conditions, seed: seed)
            let door = stage.door
            #expect(door.end(of: call)?.cause == .localHangUp, "seed \(seed)")
            let id = try #require(other.incoming.first)
            #expect(other.end(of: id) != nil, "seed \(seed)")
            #expect(door.media.isEmpty && other.media.isEmpty, "seed \(seed)")
            for phone in [door, other] {
                let rest = phone.agent.snapshot(at: phone.now)
                #expect(rest.calls.isEmpty && rest.lingeringCalls == 0 && rest.transactions == 0, "seed \(seed)")
            }
        }
    }

    @Test("Retransmissions of an INVITE double from 500 ms; of BYE they stop doubling at 4 s")
    func timers() throws {
        let stage = Stage()
        let call = stage.dial()
        stage.network.advance(by: .seconds(40))
        func gaps(_ method: String) -> [Int64] {
            let times = stage.phone.times(method)
            return zip(times.dropFirst(), times).map { ($0 - $1).milliseconds }
        }
        #expect(gaps("INVITE") == [500, 1_000, 2_000, 4_000, 8_000, 16_000])
        #expect(stage.door.end(of: call) != nil)

        let talking = stage.talking(2)
        stage.phone.script = { _, _ in }
        stage.door.perform(.hangUp(talking, cause: .localHangUp))
        stage.network.advance(by: .seconds(40))
        #expect(gaps("BYE") == [500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000])
    }
}
