import Base
import Board
import Configuration
import Intercom
import Runtime

/// The buttons, lamps and relays at the door: edges go to the house, outputs come from it.
actor FrontPanel {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private var lines: (any Lines)?
    /// Lines that could not be had so far.
    private var missing: [LineSettings] = []
    private let log: Log
    private let make: @Sendable (HouseConfiguration.Board.Kind) -> any Lines
    private let onEdge: @Sendable (LineEdge) -> Void

    init(
        loop: Loop, log: Log, make: @escaping @Sendable (HouseConfiguration.Board.Kind) -> any Lines,
        onEdge: @escaping @Sendable (LineEdge) -> Void
    ) {
        self.loop = loop
        self.log = log
        self.make = make
        self.onEdge = onEdge
    }

    /// Requests all lines, outputs inactive.
    func open(_ configuration: HouseConfiguration) -> Result<Void, LineError> {
        let lines = make(configuration.board.kind)
        do throws(LineError) {
            try lines.open(LineSettings.all(configuration), onEdge: onEdge)
        } catch {
            return .failure(error)
        }
        self.lines = lines
        return .success(())
    }

    /// Requests all lines that can be had, outputs inactive. Returns what is wrong with each of the others.
    func openWhatIsThere(_ configuration: HouseConfiguration) -> [LineError] {
        lines = make(configuration.board.kind)
        // Of no lines nothing can be refused.
        try? lines?.open([], onEdge: onEdge)
        missing = LineSettings.all(configuration)
        return openMissing().errors
    }

    /// Requests once more what is missing. Returns the names of the lines that came, and what is wrong with the others.
    func openMissing() -> (came: [String], errors: [LineError]) {
        var came: [String] = []
        var errors: [LineError] = []
        for line in missing {
            do throws(LineError) {
                try lines?.add(line)
                came.append(line.name)
            } catch {
                errors.append(error)
            }
        }
        missing.removeAll { came.contains($0.name) }
        return (came, errors)
    }

    /// Gives all lines back, outputs inactive.
    func close() {
        lines?.close()
        lines = nil
        missing = []
    }

    func set(_ line: String, level: Int) {
        guard !missing.contains(where: { $0.name == line }) else { return }
        do throws(LineError) {
            try lines?.set(line, level: level)
        } catch {
            log.error("line-failed", ["line": line, "error": error])
        }
    }

    /// Tells the edges that have come, as the Loop would next.
    func readEdges() {
        lines?.readEdges()
    }

    /// What an input is now; `nil` when it cannot be told.
    func isActive(_ line: String) -> Bool? {
        try? lines?.isActive(line)
    }

    /// On a simulated board, moves buttons as fingers would, so that edges and debouncing are the real ones; false on any other
    /// board.
    func perform(_ fingers: FingerMoves) -> Bool {
        guard let simulated = lines as? SimulatedLines else { return false }
        for move in fingers.moves {
            if move.after == .zero {
                guard (try? simulated.press(move.line, active: move.isDown)) != nil else { return false }
            } else {
                Alarm(on: loop) { try? simulated.press(move.line, active: move.isDown) }.set(after: move.after)
            }
        }
        return true
    }
}
