import Base
import Configuration
import Testing

@testable import Intercom

/// Two bells and a chord of both; a third button that has all.
private let house: HouseConfiguration = {
    var house = HouseConfiguration()
    for name in ["a", "b", "c"] {
        house.lines[name] = .init(direction: .input, place: .name(name))
        house.buttons[name] = .init(line: name)
        house.buttons[name]?.short = .hangUp
    }
    house.buttons["c"]?.double = .hangUp
    house.buttons["c"]?.long = .hangUp
    house.chords["service"] = .init(buttons: ["a", "b"], action: .hangUp)
    return house
}()

private func edges(_ list: [(String, Bool, Int)]) -> [Edge] { list.map { Edge(line: $0, isDown: $1, at: $2) } }

private func told(_ list: [(String, Bool, Int)]) -> [String] {
    play(edges(list), in: house, until: 10_000).map { "\($0.press.name) \($0.press.kind) \($0.time)" }
}

@Suite("A chord")
struct ChordTests {
    @Test("Held together for long enough, it acts once, and its buttons do not")
    func held() {
        #expect(told([("a", true, 0), ("b", true, 300), ("a", false, 5000), ("b", false, 5100)]) == ["service chord 2320"])
    }

    @Test("Let go too early, neither it nor its buttons act")
    func short() {
        #expect(told([("a", true, 0), ("b", true, 300), ("b", false, 2290), ("a", false, 5000)]) == [])
        // Bounce is no letting go.
        let bounced = told([("a", true, 0), ("b", true, 300), ("b", false, 2290), ("b", true, 2300)])
        #expect(bounced == ["service chord 2320"])
    }

    @Test("A button of a chord acts when it is let go, or when it is too late for a chord")
    func alone() {
        #expect(told([("a", true, 0), ("a", false, 100)]) == ["a short 120"])
        #expect(told([("a", true, 0), ("a", false, 3000)]) == ["a short 520"])
        // One after the other, and one while the other is held since long.
        #expect(
            told([("a", true, 0), ("a", false, 100), ("b", true, 150), ("b", false, 250)]) == ["a short 120", "b short 270"])
        let late = told([("a", true, 0), ("b", true, 600), ("b", false, 4000), ("a", false, 4000)])
        #expect(late == ["a short 520", "b short 1120"])
    }

    @Test("After it, its buttons work as ever")
    func afterwards() {
        let chord = [("a", true, 0), ("b", true, 10), ("a", false, 3000), ("b", false, 3010)]
        #expect(told(chord + [("b", true, 4000), ("b", false, 4100)]) == ["service chord 2030", "b short 4120"])
        let again = chord.map { ($0.0, $0.1, $0.2 + 4000) }
        #expect(told(chord + again) == ["service chord 2030", "service chord 6030"])
    }

    @Test("A double press of one of its buttons is one, unless the second press is the chord's")
    func double() {
        var house = house
        house.buttons["a"]?.double = .hangUp
        func kinds(_ list: [(String, Bool, Int)]) -> [String] {
            play(edges(list), in: house, until: 10_000).map { "\($0.press.name) \($0.press.kind)" }
        }
        let twice = [("a", true, 0), ("a", false, 100), ("a", true, 200)]
        #expect(kinds(twice + [("a", false, 300)]) == ["a double"])
        #expect(kinds(twice) == ["a double"])
        #expect(kinds(twice + [("b", true, 250)]) == ["a short", "service chord"])
    }

    @Test("Its action is carried out, its event names it, and the state shows that it is held")
    func story() {
        var villa = HouseConfiguration.villa
        villa.chords["service"] = .init(buttons: ["bell", "second"], action: .call(.entry("janitor")))
        var world = World(villa)
        func hold() {
            world.tell(.edge(line: "bell", active: true))
            world.advance(by: .milliseconds(200))
            world.tell(.edge(line: "second", active: true))
            world.advance(by: .seconds(1))
            #expect(world.house.snapshot(at: world.now).chords == [.init(name: "service", isHeld: true)])
            world.advance(by: .seconds(2))
            world.tell(.edge(line: "bell", active: false))
            world.tell(.edge(line: "second", active: false))
            world.advance(by: .seconds(1))
        }
        hold()
        #expect(world.events("pressed") == [])
        #expect(world.events("chord-pressed") == [HouseEvent("chord-pressed", [.init("chord", .text("service"))])])
        #expect(world.placed == [.outgoing(1)])
        // As with a button, the second time ends what the first began.
        hold()
        #expect(world.log.onCalls.last == .hangUp(.outgoing(1), .hungUpHere))
        #expect(world.tell(.chordPressed(chord: "serve")) == [.refuse("there is no chord \"serve\"")])
        #expect(world.tell(.chordPressed(chord: "service")).onCalls.count == 1)
    }
}

/// Fingers of a seed: when each button is down, with pauses that are longer than the debounce time.
private struct Crowd {
    /// Down and up, in milliseconds, of each button.
    var presses: [String: [(down: Int, up: Int)]] = [:]
    var edges: [Edge] = []
    /// The same as the kernel tells it when it debounces.
    var debounced: [Edge] = []
    private var random: RandomSource

    init(seed: UInt64) {
        random = RandomSource(seed: seed)
        var time = 0
        for _ in 0..<15 { time = press("c", after: time + pick([60, 120, 320, 700])) }
        time = 0
        // Two hands, now together and now not.
        for _ in 0..<15 {
            let start = time + pick([60, 400])
            time = press("a", after: start + pick([0, 100, 400, 1000]))
            time = max(time, press("b", after: start + pick([0, 100, 400, 1000])))
        }
        edges.sort { ($0.at, $0.line) < ($1.at, $1.line) }
        debounced.sort { ($0.at, $0.line) < ($1.at, $1.line) }
    }

    /// A press; when the last of its bounce is over.
    private mutating func press(_ name: String, after down: Int) -> Int {
        let downs = bounce(name, true, down)
        let ups = bounce(name, false, (downs.last?.at ?? down) + pick([40, 400, 900, 1100, 3000, 3000]))
        presses[name, default: []].append((down, ups.last?.at ?? down))
        edges += downs + ups
        for last in [downs.last, ups.last] {
            guard var edge = last else { continue }
            edge.at += 20
            edge.isDebounced = true
            debounced.append(edge)
        }
        return ups.last?.at ?? down
    }

    /// About so long, and never as long as a time that decides, so that nothing is a tie.
    private mutating func pick(_ times: [Int]) -> Int {
        times[Int(random.next() % UInt64(times.count))] + Int(random.next() % 17)
    }

    /// An edge with 0 to 4 more pairs of edges behind it, each less than the debounce time after the one before.
    private mutating func bounce(_ name: String, _ isDown: Bool, _ time: Int) -> [Edge] {
        var at = time
        return (0...Int(random.next() % 5) * 2).map { index in
            if index > 0 { at += 1 + Int(random.next() % 6) }
            return Edge(line: name, isDown: (index % 2 == 0) == isDown, at: at)
        }
    }
}

@Suite("Whatever fingers do")
struct FingerTests {
    private static let end = 100_000

    @Test("Each press is one of short, double, long or a chord's", arguments: 0..<60 as Range<UInt64>)
    func exactlyOne(seed: UInt64) {
        let crowd = Crowd(seed: seed)
        let told = play(crowd.edges, in: house, until: Self.end).map(\.press)
        func count(_ name: String, _ kind: String) -> Int { told.count { $0.name == name && $0.kind == kind } }
        // A double press takes two, and all others one.
        #expect(count("c", "short") + 2 * count("c", "double") + count("c", "long") == crowd.presses["c"]?.count)
        // Those of a and b that met no other finger are told; those that did, at most once.
        let (a, b) = (crowd.presses["a"] ?? [], crowd.presses["b"] ?? [])
        for (name, own, others) in [("a", a, b), ("b", b, a)] {
            let alone = own.count { press in
                !others.contains { $0.down < press.up + 50 && press.down < $0.up + 50 }
            }
            #expect((alone...own.count).contains(count(name, "short")))
            #expect(count(name, "double") + count(name, "long") == 0)
        }
        #expect(count("service", "chord") <= min(a.count - count("a", "short"), b.count - count("b", "short")))
    }

    @Test("No release is lost: in the end all are up, and nothing waits", arguments: 0..<60 as Range<UInt64>)
    func released(seed: UInt64) {
        var panel = ButtonPanel(house)
        for edge in Crowd(seed: seed).edges {
            _ = panel.edge(edge.line, isDown: edge.isDown, at: Instant() + .milliseconds(edge.at), isDebounced: false)
        }
        _ = panel.wake(at: Instant() + .milliseconds(Self.end))
        #expect(panel.buttons.values.allSatisfy { !$0.isDown })
        #expect(panel.nextDeadline == nil)
        let at = Instant() + .milliseconds(Self.end)
        var again = panel.edge("a", isDown: true, at: at, isDebounced: false)
        again += panel.edge("a", isDown: false, at: at + .milliseconds(100), isDebounced: false)
        again += panel.wake(at: at + .seconds(1))
        #expect(again == [.button("a", .short)])
    }

    @Test("Handled late, and many at once, edges give what they give in time", arguments: 0..<60 as Range<UInt64>)
    func late(seed: UInt64) {
        let crowd = Crowd(seed: seed)
        let inTime = play(crowd.edges, in: house, until: Self.end).map(\.press)
        var panel = ButtonPanel(house)
        var presses: [ButtonPanel.Press] = []
        for edge in crowd.edges {
            presses += panel.edge(edge.line, isDown: edge.isDown, at: Instant() + .milliseconds(edge.at), isDebounced: false)
        }
        presses += panel.wake(at: Instant() + .milliseconds(Self.end))
        #expect(presses == inTime)
    }

    @Test("It makes no difference whether the kernel debounces", arguments: 0..<60 as Range<UInt64>)
    func kernel(seed: UInt64) {
        let crowd = Crowd(seed: seed)
        // What two buttons tell at the same time has no order.
        func told(_ edges: [Edge]) -> [TimedPress] {
            play(edges, in: house, until: Self.end).sorted { ($0.time, $0.press.name) < ($1.time, $1.press.name) }
        }
        #expect(told(crowd.debounced) == told(crowd.edges))
    }

    @Test("The fingers do everything: all kinds of presses come, and often")
    func covers() {
        var counts: [String: Int] = [:]
        for seed in 0..<60 as Range<UInt64> {
            for press in play(Crowd(seed: seed).edges, in: house, until: Self.end) { counts[press.press.kind, default: 0] += 1 }
        }
        #expect(["short", "double", "long", "chord"].allSatisfy { (counts[$0] ?? 0) > 20 }, "\(counts)")
    }
}
