import Base
import Synchronization
import Testing

@testable import Board

@Suite("The simulated board")
struct SimulatedLinesTests {
    private final class Seen: Sendable {
        private let edges = Mutex<[LineEdge]>([])
        var all: [LineEdge] { edges.withLock { $0 } }
        func append(_ edge: LineEdge) { edges.withLock { $0.append(edge) } }
    }

    private let lines = SimulatedLines { Instant(nanoseconds: 7) }
    private let seen = Seen()

    init() throws {
        let settings = [
            LineSettings(name: "bell", place: .offset(17), direction: .input),
            LineSettings(name: "contact", place: .offset(18), direction: .input),
            LineSettings(name: "relay", place: .offset(22), direction: .output),
        ]
        lines.onEdge { [seen] in seen.append($0) }
        for line in settings { try lines.add(line) }
    }

    @Test("Press and release are edges with the time of the clock; pressing twice is one")
    func presses() throws {
        try lines.press("bell")
        try lines.press("bell")
        #expect(try lines.isActive("bell"))
        try lines.release("bell")
        let time = Instant(nanoseconds: 7)
        #expect(
            seen.all == [LineEdge(line: "bell", active: true, time: time), LineEdge(line: "bell", active: false, time: time)])
    }

    @Test("Outputs start inactive, and are what they were set to")
    func outputs() throws {
        #expect(try !lines.isActive("relay"))
        try lines.set("relay", active: true)
        #expect(try lines.isActive("relay"))
        #expect(seen.all.isEmpty)
    }

    @Test("An output is as much active as it was told")
    func levels() throws {
        try lines.set("relay", level: 30)
        #expect(try lines.level(of: "relay") == 30)
        #expect(try lines.isActive("relay"))
        try lines.set("relay", active: true)
        #expect(try lines.level(of: "relay") == 100)
    }

    @Test("An input wired to an output follows it, and closing brings both to rest")
    func wired() throws {
        lines.wire(output: "relay", to: "contact")
        try lines.set("relay", active: true)
        #expect(try lines.isActive("contact"))
        lines.close()
        #expect(seen.all.map(\.active) == [true, false])
        #expect(seen.all.allSatisfy { $0.line == "contact" })
    }

    @Test("Taken away by itself, an output comes to rest, and what is wired to it follows; the others stay")
    func removed() throws {
        lines.wire(output: "relay", to: "contact")
        try lines.set("relay", active: true)
        lines.remove("relay")
        lines.remove("gong")
        #expect(seen.all.map(\.active) == [true, false])
        #expect(throws: LineError(line: "relay", reason: .unknown)) { try lines.isActive("relay") }
        try lines.press("bell")
        #expect(seen.all.last?.line == "bell")
    }

    @Test("What cannot be done says which line and why")
    func errors() {
        #expect(throws: LineError(line: "gong", reason: .unknown)) { try lines.press("gong") }
        #expect(throws: LineError(line: "bell", reason: .notAnOutput)) { try lines.set("bell", active: true) }
        #expect(throws: LineError(line: "relay", reason: .notAnInput)) { try lines.press("relay") }
        #expect(throws: LineError(line: "gong", reason: .unknown)) { try lines.isActive("gong") }
        let twice = LineSettings(name: "bell", place: .offset(1), direction: .input)
        #expect(throws: LineError(line: "bell", reason: .duplicate)) { try lines.add(twice) }
    }
}
