import Base
import SIP
import Telephony
import Testing

@Suite("Whatever happens, each call ends once and nothing is left")
struct ChaosTests {
    /// What a random house does next.
    private func act(_ world: inout World, _ calls: inout [[CallID]], _ placed: inout UInt32) {
        let house = Int.random(in: 0...1, using: &world.random)
        for (id, _) in world.incoming(house) where !calls[house].contains(id) { calls[house].append(id) }
        let call = calls[house].randomElement(using: &world.random)
        switch (Int.random(in: 0..<14, using: &world.random), call) {
        case (0...2, _):
            placed += 1
            let id = CallID.outgoing(placed)
            calls[house].append(id)
            world.perform(house, .call(id, target: uri("sip:house\(1 - house)@10.0.0.\(2 - house)"), account: nil, ringTime: nil))
        case (3, let call?): world.perform(house, .ring(call))
        case (4...6, let call?): world.perform(house, .answer(call))
        case (7, let call?): world.perform(house, .hangUp(call, cause: .localHangUp))
        case (8, let call?): world.perform(house, .reject(call, .busy))
        case (9, let call?): world.perform(house, .hold(call))
        case (10, let call?): world.perform(house, .resume(call))
        case (11, let call?): world.perform(house, .sendInfoDigit(call, "5"))
        case (12, let call?): world.perform(house, .mediaSilent(call))
        default: break
        }
    }

    private func check(_ world: World, _ calls: [[CallID]]) {
        for house in 0...1 {
            for call in calls[house] {
                let events = world.events(house, call)
                #expect(world.ends(house, call).count == 1, "\(call) of \(house): \(events)")
                if case .ended? = events.last {} else { Issue.record("\(call) of \(house) goes on after its end: \(events)") }
                #expect(events.filter { $0 == .answered }.count <= 1)
                if let session = world.sessions(house, call).last {
                    #expect(session == nil, "\(call) of \(house) is still heard")
                }
            }
            let snapshot = world.snapshot(house)
            #expect(snapshot.transactions == 0)
            #expect(snapshot.lingeringCalls == 0)
            #expect(snapshot.calls.isEmpty)
            #expect(world.houses[house].agent.nextDeadline == nil)
        }
    }

    @Test("Two houses at random over a network that loses, doubles and reorders", arguments: 1...40 as ClosedRange<UInt64>)
    func lossy(seed: UInt64) {
        var world = World(seed: seed)
        world.delay = 1...Int64.random(in: 2...900, using: &world.random)
        world.loss = Int.random(in: 0...40, using: &world.random)
        world.doubling = Int.random(in: 0...30, using: &world.random)
        for _ in 0...1 {
            world.add { settings in
                settings.limits.callTime = .seconds(120)
                settings.limits.ringTime = .seconds(40)
            }
        }
        var calls: [[CallID]] = [[], []]
        var placed: UInt32 = 0
        for _ in 0..<80 {
            act(&world, &calls, &placed)
            world.advance(by: .milliseconds(Int64.random(in: 0...1500, using: &world.random)))
        }
        world.settle(limit: .seconds(1000))
        for house in 0...1 {
            for (id, _) in world.incoming(house) where !calls[house].contains(id) { calls[house].append(id) }
        }
        check(world, calls)
        #expect(placed > 5)
    }

    @Test("The network breaks for good in the middle of everything", arguments: 1...20 as ClosedRange<UInt64>)
    func severed(seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0...1 { world.add { $0.limits.callTime = .seconds(100) } }
        var calls: [[CallID]] = [[], []]
        var placed: UInt32 = 0
        for round in 0..<40 {
            if round == 20 { world.loss = 100 }
            act(&world, &calls, &placed)
            world.advance(by: .milliseconds(Int64.random(in: 0...200, using: &world.random)))
        }
        world.settle(limit: .seconds(1000))
        for house in 0...1 {
            for (id, _) in world.incoming(house) where !calls[house].contains(id) { calls[house].append(id) }
        }
        check(world, calls)
    }

    @Test("Torn and twisted messages of a real call never harm", arguments: 1...30 as ClosedRange<UInt64>)
    func hostile(seed: UInt64) throws {
        var world = World.talking(seed: seed)
        var samples = [
            World.request("INVITE", body: World.description()), World.request("CANCEL"), World.request("OPTIONS"),
            World.request("BYE", toTag: "x"),
            World.request("INFO", toTag: "x", body: "Signal=1\n", type: "application/dtmf-relay"),
        ].map(wireForm)
        let (house, call) = (0, first)
        world.filter = { _, _ in false }
        world.perform(house, .hold(call))
        samples += world.strays.map(\.bytes)
        for _ in 0..<400 {
            guard var bytes = samples.randomElement(using: &world.random), !bytes.isEmpty else { continue }
            for _ in 0..<Int.random(in: 1...6, using: &world.random) {
                let place = Int.random(in: 0..<bytes.count, using: &world.random)
                switch Int.random(in: 0..<4, using: &world.random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &world.random)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &world.random), at: place)
                case 2 where bytes.count > 1: bytes.remove(at: place)
                default: bytes.replaceSubrange(place..<min(place + 8, bytes.count), with: Array("4294967295".utf8))
                }
            }
            let outputs = world.houses[house].agent.receive(
                bytes, from: .udp(World.outsider), to: world.houses[house].address, at: world.now)
            world.take(outputs, from: house)
        }
        for (id, _) in world.incoming(house) { world.perform(house, .hangUp(id, cause: .localHangUp)) }
        world.perform(house, .hangUp(call, cause: .localHangUp))
        world.settle(limit: .seconds(1000))
        let snapshot = world.snapshot(house)
        #expect(snapshot.transactions == 0 && snapshot.lingeringCalls == 0 && snapshot.calls.isEmpty)
        #expect(world.ends(house, call).count == 1)
        #expect(snapshot.counters.parseErrors > 0)
    }

    @Test("The same seed gives the same wire, to the byte")
    func deterministic() {
        func run() -> [String] {
            var world = World(seed: 99)
            world.loss = 20
            world.delay = 1...300
            for _ in 0...1 { world.add() }
            var calls: [[CallID]] = [[], []]
            var placed: UInt32 = 0
            for _ in 0..<60 {
                act(&world, &calls, &placed)
                world.advance(by: .milliseconds(400))
            }
            return world.wire
        }
        #expect(run() == run())
    }
}
