import Base
import Board
import Synchronization

/// The simulated board, with everything that its outputs did written down.
public final class ObservedLines: Lines {
    public struct Change: Sendable, Equatable {
        public var time: Instant
        public var line: String
        /// In percent.
        public var level: Int
        public var active: Bool { level > 0 }
    }

    /// Press and wire here.
    public let board: SimulatedLines
    private let now: @Sendable () -> Instant
    private let recorded = Mutex<[Change]>([])

    public init(now: @escaping @Sendable () -> Instant) {
        self.now = now
        board = SimulatedLines(now: now)
    }

    /// Lines that somebody else holds, by the names that the kernel would have for them.
    public var held: Set<String> {
        get { others.withLock { $0 } }
        set { others.withLock { $0 = newValue } }
    }
    private let others = Mutex<Set<String>>([])
    /// Inputs that are active at the moment that they are requested.
    public var pressWhenAdded: Set<String> {
        get { fingers.withLock { $0 } }
        set { fingers.withLock { $0 = newValue } }
    }
    private let fingers = Mutex<Set<String>>([])

    public var changes: [Change] { recorded.withLock { $0 } }

    public func changes(of line: String) -> [Change] { changes.filter { $0.line == line } }

    public func onEdge(_ handler: @escaping @Sendable (LineEdge) -> Void) { board.onEdge(handler) }

    public func add(_ line: LineSettings) throws(LineError) {
        if case .name(let place) = line.place, held.contains(place) {
            throw LineError(line: line.name, place: line.place, reason: .busy(consumer: "somebody else"))
        }
        try board.add(line)
        if pressWhenAdded.contains(line.name) { try board.hold(line.name) }
    }

    public func remove(_ line: String) {
        bringToRest(line)
        board.remove(line)
    }

    public func set(_ line: String, level: Int) throws(LineError) {
        recorded.withLock { $0.append(Change(time: now(), line: line, level: level)) }
        try board.set(line, level: level)
    }

    public func readEdges() { board.readEdges() }

    public func isActive(_ line: String) throws(LineError) -> Bool { try board.isActive(line) }

    public func close() {
        for line in Set(changes.map(\.line)).sorted() { bringToRest(line) }
        board.close()
    }

    /// As the board does by itself.
    private func bringToRest(_ line: String) {
        guard let last = changes(of: line).last, last.active, (try? board.isActive(line)) == true else { return }
        try? set(line, level: 0)
    }
}
