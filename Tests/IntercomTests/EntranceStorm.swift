import Base
import Configuration
import Testing

@testable import Intercom

/// Whatever people, thieves and the weather may do at an entrance, from a seed; and beside it, in its own simple words, what
/// may be opened when.
private struct EntranceStorm {
    var world: World
    var random: RandomSource
    var call: CallID
    var inputs: [String: Bool] = [:]
    /// When each strike went active and came to rest, and each handle.
    var releases: [String: [(from: Instant, until: Instant?)]] = ["outer": [], "inner": []]
    /// Openings that counted, with whether they should be told as forced.
    var expected: [Bool] = []
    var pulses: [Duration] = []
    var bothActive = 0
    var activeBesideOpen = 0
    private var openedAt: [String: Instant] = [:]
    private var seen = 0

    init(seed: UInt64) {
        world = World.entrance { house in
            house.doors["outer"]?.wrongCodes = 100
            house.doors["inner"]?.wrongCodes = 100
            house.calls.callTime = nil
        }
        random = RandomSource(seed: seed)
        call = world.talk()
    }

    mutating func pick<T>(_ items: [T]) -> T { items[Int(random.next() % UInt64(items.count))] }

    mutating func step() {
        switch random.next() % 8 {
        case 0...2: flip(pick(["outer contact", "inner contact", "exit", "handle", "way out"]))
        case 3:
            // A door that is shut again, so that the sluice does not stand still.
            for door in ["outer contact", "inner contact"] where inputs[door] == true { flip(door) }
        case 4: world.key(pick(["11#", "22#", "11#", "22#", "33#"]), call: call)
        case 5: world.tell(.open(door: pick(["outer", "inner"])))
        default: break
        }
        look()
        advance(by: .milliseconds(Int64(pick([5, 19, 20, 100, 900, 3_000, 9_000]))))
    }

    mutating func flip(_ line: String) {
        let isActive = !(inputs[line] ?? false)
        inputs[line] = isActive
        world.tell(.edge(line: line, active: isActive))
    }

    /// In the smallest steps in which something can change.
    mutating func advance(by duration: Duration) {
        let end = world.now + duration
        while world.now < end {
            let next = world.house.nextDeadline.map { min(max($0, world.now), end) } ?? end
            world.advance(by: next - world.now)
            look()
        }
    }

    private mutating func look() {
        let snapshot = world.house.snapshot(at: world.now)
        let locked = world.log[seen...].compactMap { effect -> String? in
            guard case .publish(let event) = effect, event.name == "door-locked", case .text(let door)? = event.value("door")
            else { return nil }
            return door
        }
        seen = world.log.count
        for door in ["outer", "inner"] {
            let isReleased = world.active.contains("\(door) strike")
            let handle = door == "inner" && snapshot.contacts.first { $0.name == "handle" }?.isActive == true
            note(door, mayOpen: isReleased || handle, locked: locked)
            let other = door == "outer" ? "inner" : "outer"
            if isReleased, snapshot.doors.first(where: { $0.name == other })?.isOpen == true { activeBesideOpen += 1 }
            let isOpen = snapshot.doors.first { $0.name == door }?.isOpen == true
            if isOpen, openedAt[door] == nil {
                openedAt[door] = world.now
                expected.append(!mayBeOpened(door))
            } else if !isOpen {
                openedAt[door] = nil
            }
        }
        if world.active.isSuperset(of: ["outer strike", "inner strike"]) { bothActive += 1 }
    }

    private mutating func note(_ door: String, mayOpen: Bool, locked: [String]) {
        let isOngoing = releases[door]?.last.map { $0.until == nil } ?? false
        // One pulse may follow on another without a gap.
        if mayOpen, isOngoing, locked.contains(door), let last = releases[door]?.popLast() {
            releases[door]? += [(last.from, world.now), (world.now, nil)]
            if door == "outer" { pulses.append(world.now - last.from) }
        }
        if mayOpen, !isOngoing { releases[door]?.append((world.now, nil)) }
        guard !mayOpen, isOngoing, let last = releases[door]?.popLast() else { return }
        releases[door]?.append((last.from, world.now))
        if door == "outer" { pulses.append(world.now - last.from) }
    }

    /// The door opened just now: is there any release whose time, with the shunt, it falls into?
    private func mayBeOpened(_ door: String) -> Bool {
        releases[door]?.contains { $0.from <= world.now && world.now <= ($0.until ?? world.now) + .seconds(5) } ?? false
    }
}

@Suite("Whatever happens at the entrance")
struct EntranceStormTests {
    @Test(
        "Never are both locks released, nor one beside an open door; a forced door is told, and no other; pulses end in time",
        arguments: 0..<60 as Range<UInt64>)
    func storm(seed: UInt64) {
        var storm = EntranceStorm(seed: seed)
        for _ in 0..<300 { storm.step() }
        #expect(storm.bothActive == 0)
        #expect(storm.activeBesideOpen == 0)
        #expect(storm.world.events("door-forced").count == storm.expected.count { $0 })
        #expect(storm.world.events("door-opened").count == storm.expected.count)
        #expect(storm.pulses.allSatisfy { $0 <= .seconds(3) })
        storm.world.tell(.stop)
        #expect(storm.world.active == [])
        #expect(storm.world.house.nextDeadline == nil)
    }

    @Test("The storm is one: doors are forced and are not, pulses run to their end and are cut short, locks are refused")
    func covers() {
        var (forced, opened, whole, cut, refused, tooLong) = (0, 0, 0, 0, 0, 0)
        for seed in 0..<60 as Range<UInt64> {
            var storm = EntranceStorm(seed: seed)
            for _ in 0..<300 { storm.step() }
            forced += storm.expected.count { $0 }
            opened += storm.expected.count { !$0 }
            whole += storm.pulses.count { $0 == .seconds(3) }
            cut += storm.pulses.count { $0 < .seconds(3) }
            refused += storm.world.events("door-interlocked").count
            tooLong += storm.world.events("door-open-too-long").count
        }
        #expect(
            forced > 100 && opened > 100 && whole > 100 && cut > 100 && refused > 100 && tooLong > 20,
            "\(forced) \(opened) \(whole) \(cut) \(refused) \(tooLong)")
    }
}
