import Base
import Synchronization

/// A board of variables: inputs are pressed by the tool or a test, outputs can be read, and lines can be wired together.
///
/// Safe on any thread, so that a test may press while the Loop runs; edges are told on the caller's thread.
public final class SimulatedLines: Lines {
    private struct Line {
        var settings: LineSettings
        /// In percent.
        var level = 0
        var isActive: Bool { level > 0 }
    }

    private struct State {
        var lines: [String: Line] = [:]
        /// From an output to the inputs that follow it.
        var wires: [String: [String]] = [:]
        var handler: (@Sendable (LineEdge) -> Void)?
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Instant

    /// `now` stamps the edges: the Loop's clock.
    public init(now: @escaping @Sendable () -> Instant) {
        self.now = now
    }

    public func onEdge(_ handler: @escaping @Sendable (LineEdge) -> Void) { state.withLock { $0.handler = handler } }

    public func add(_ line: LineSettings) throws(LineError) {
        let isNew = state.withLock { state in
            guard state.lines[line.name] == nil else { return false }
            state.lines[line.name] = Line(settings: line)
            return true
        }
        guard isNew else { throw LineError(line: line.name, reason: .duplicate) }
    }

    public func remove(_ line: String) {
        try? set(line, level: 0)
        state.withLock { _ = $0.lines.removeValue(forKey: line) }
    }

    public func set(_ line: String, level: Int) throws(LineError) {
        try change(line, to: level, direction: .output)
    }

    /// Edges are told as they come.
    public func readEdges() {}

    public func isActive(_ line: String) throws(LineError) -> Bool {
        try level(of: line) > 0
    }

    /// How much of an output is active, in percent.
    public func level(of line: String) throws(LineError) -> Int {
        guard let level = state.withLock({ $0.lines[line]?.level }) else { throw LineError(line: line, reason: .unknown) }
        return level
    }

    public func close() {
        let outputs = state.withLock { $0.lines.values.map(\.settings).filter { $0.direction == .output } }
        for output in outputs.map(\.name).sorted() { try? set(output, level: 0) }
        state.withLock { state in
            state.lines = [:]
            state.handler = nil
        }
    }
}

extension SimulatedLines {
    /// Makes an input active (a button pressed, a contact closed) or inactive.
    public func press(_ line: String, active: Bool = true) throws(LineError) {
        try change(line, to: active ? 100 : 0, direction: .input)
    }

    public func release(_ line: String) throws(LineError) {
        try press(line, active: false)
    }

    /// Makes an input active as if it had been so when it was requested: no edge is told.
    public func hold(_ line: String) throws(LineError) {
        let isThere = state.withLock { state in
            state.lines[line]?.level = 100
            return state.lines[line] != nil
        }
        guard isThere else { throw LineError(line: line, reason: .unknown) }
    }

    /// Makes an input follow an output, as a wire between them would: the relay's contact, a lamp's sensor.
    public func wire(output: String, to input: String) {
        state.withLock { $0.wires[output, default: []].append(input) }
    }

    private func change(_ name: String, to level: Int, direction: LineSettings.Direction) throws(LineError) {
        let active = level > 0
        let result = state.withLock { state -> Result<[String], LineError> in
            guard let line = state.lines[name] else { return .failure(LineError(line: name, reason: .unknown)) }
            guard line.settings.direction == direction else {
                return .failure(LineError(line: name, reason: direction == .output ? .notAnOutput : .notAnInput))
            }
            state.lines[name]?.level = level
            guard line.isActive != active else { return .success([]) }
            return .success(direction == .input ? [name] : followers(of: name, active: active, in: &state))
        }
        let handler = state.withLock { $0.handler }
        for input in try result.get() { handler?(LineEdge(line: input, active: active, time: now())) }
    }

    /// The inputs that changed because the output they are wired to did.
    private func followers(of output: String, active: Bool, in state: inout State) -> [String] {
        var changed: [String] = []
        for input in state.wires[output] ?? [] where state.lines[input]?.settings.direction == .input {
            guard state.lines[input]?.isActive != active else { continue }
            state.lines[input]?.level = active ? 100 : 0
            changed.append(input)
        }
        return changed
    }
}
