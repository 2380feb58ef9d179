import Base
import Configuration
import Testing

@testable import Intercom

/// Random events from a seed, as a wild house would send them: calls that never were, keys, edges, commands, time.
private struct Storm {
    var world: World
    var random: RandomSource
    var incoming: UInt32 = 0
    /// Calls that began and have not been told as ended.
    var open: Set<CallID> = []
    /// When the strike went active.
    private var strikeSince: Instant?
    var longestPulse = Duration.zero

    init(seed: UInt64) {
        var house = HouseConfiguration.villa
        house.doors["front"]?.codes = [Secret("47#"), Secret("081")]
        world = World(house)
        random = RandomSource(seed: seed)
    }

    mutating func pick<T>(_ items: [T]) -> T { items[Int(random.next() % UInt64(items.count))] }

    mutating func anyCall() -> CallID {
        open.isEmpty ? .outgoing(99) : pick(open.sorted())
    }

    mutating func step() {
        let before = world.log.count
        switch random.next() % 16 {
        case 0...2: world.tell(.edge(line: pick(["bell", "second", "light"]), active: random.next() % 2 == 0))
        case 3:
            incoming += 1
            open.insert(.incoming(incoming))
            var caller = pick([Caller.family, .stranger])
            if random.next() % 4 == 0 { caller.automaticAnswerDelay = .seconds(Int64(random.next() % 5)) }
            world.tell(.incoming(.incoming(incoming), caller))
        case 4: world.tell(.ringing(anyCall(), earlyMedia: random.next() % 3 == 0))
        case 5...6: world.tell(.answered(anyCall()))
        case 7:
            let call = anyCall()
            open.remove(call)
            world.tell(.ended(call, pick([.hungUpThere, .busy, .refused, .noAnswer, .cancelled, .failed, .unreachable])))
        case 8: world.tell(.digit(anyCall(), pick(["4", "7", "#", "0", "8", "1"])))
        case 9...10:
            // Answer, and key in a whole code.
            guard let call = world.house.snapshot(at: world.now).calls.first?.call else { break }
            world.tell(.answer(nil))
            world.tell(.answered(call))
            world.key(pick(["47#", "081", "47#", "00#", "000", "7#", "81#"]), call: call)
        case 11: world.tell(pick([.answer(nil), .hangUp(nil), .hold(nil), .resume(nil), .sendDigits(nil, "5")]))
        case 12: world.tell(pick([.held(anyCall(), true), .held(anyCall(), false), .heldByPeer(anyCall(), true)]))
        case 13: world.tell(pick([.call(target: "family"), .call(target: "concierge"), .pressed(button: "second", .long)]))
        case 14: world.tell(.registration(account: "pbx", ready: random.next() % 2 == 0))
        default: advance(by: .milliseconds(Int64(pick([5, 25, 700, 3000, 12000]))))
        }
        note(since: before)
    }

    /// In small steps, so that the relay is seen falling when it falls.
    mutating func advance(by duration: Duration) {
        let end = world.now + duration
        while world.now < end {
            let before = world.log.count
            world.advance(by: min(.milliseconds(100), end - world.now))
            note(since: before)
        }
    }

    private mutating func note(since index: Int) {
        for effect in world.log[index...] {
            if case .placeCall(let call, _, _, _) = effect { open.insert(call) }
        }
        if world.active.contains("strike") {
            let since = strikeSince ?? world.now
            strikeSince = since
            longestPulse = max(longestPulse, world.now - since)
        } else {
            strikeSince = nil
        }
    }
}

@Suite("Whatever happens")
struct PropertyTests {
    @Test(
        "The relay never stays longer than its pulse, and all is at rest once nothing goes on",
        arguments: 0..<50 as Range<UInt64>)
    func storm(seed: UInt64) throws {
        var storm = Storm(seed: seed)
        for _ in 0..<300 { storm.step() }
        // The world itself checks that nothing is told twice. Now the calls end, the accounts are well, and time passes.
        for call in storm.open.sorted() { storm.world.tell(.ended(call, .hungUpThere)) }
        storm.world.tell(.edge(line: "bell", active: false))
        storm.world.tell(.edge(line: "second", active: false))
        storm.advance(by: .seconds(20))
        for call in storm.world.placed { storm.world.tell(.ended(call, .hungUpThere)) }
        storm.world.tell(.registration(account: "pbx", ready: true))
        storm.world.tell(.hangUp(nil))
        storm.advance(by: .seconds(20))
        #expect(storm.longestPulse <= .seconds(3))
        #expect(storm.world.active == [])
        #expect(storm.world.tone == nil)
        #expect(storm.world.connected == [])
        #expect(storm.world.house.snapshot(at: storm.world.now).lamps.allSatisfy { $0.shows == "idle" })
        #expect(storm.world.house.nextDeadline == nil)

        // Every call is placed once, and started once.
        let placed = storm.world.placed
        #expect(Set(placed).count == placed.count)
        let started = storm.world.events("call-started").compactMap { $0.value("call") }
        #expect(started.count == placed.count + Int(storm.incoming))
        // No event has a value that it should not have.
        let names = Set(storm.world.events("digit").flatMap { $0.values.map(\.name) })
        #expect(names.isSubset(of: ["call", "method"]))
        for effect in storm.world.log {
            let text = "\(effect)"
            #expect(!text.contains("47#") && !text.contains("\"081\""))
        }
    }

    @Test("The storm is one: doors open, codes lock out, calls are refused as busy")
    func covers() {
        var opened = 0
        var lockedOut = 0
        var busy = 0
        for seed in 0..<50 as Range<UInt64> {
            var storm = Storm(seed: seed)
            for _ in 0..<300 { storm.step() }
            opened += storm.world.events("door-released").count
            lockedOut += storm.world.events("locked-out").count
            busy += storm.world.log.count { if case .reject(_, busy: true) = $0 { true } else { false } }
        }
        #expect(opened > 20 && lockedOut > 20 && busy > 20, "\(opened) \(lockedOut) \(busy)")
    }
}
