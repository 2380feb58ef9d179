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
    private var kind: HouseConfiguration.Board.Kind?
    /// All lines of the configuration, and of them those that could not be had so far.
    private var wanted: [LineSettings] = []
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

    /// Requests all lines that can be had, outputs inactive. Returns what is wrong with each of the others.
    func open(_ configuration: HouseConfiguration) -> [LineError] {
        close()
        kind = configuration.board.kind
        lines = make(configuration.board.kind)
        lines?.onEdge(onEdge)
        wanted = LineSettings.all(configuration)
        missing = wanted
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

    /// Goes over to the lines of `configuration`; those that stay as they are are not touched, and may be missing as they were. When
    /// another cannot be had, what was given back for it is requested again.
    func exchange(_ configuration: HouseConfiguration) throws(LineError) {
        let new = LineSettings.all(configuration)
        guard configuration.board.kind == kind else { return try exchange(configuration.board.kind, new) }
        let gone = wanted.filter { !new.contains($0) }
        let coming = new.filter { !wanted.contains($0) }
        for line in gone { lines?.remove(line.name) }
        do throws(LineError) {
            for line in coming { try lines?.add(line) }
        } catch {
            for line in coming { lines?.remove(line.name) }
            missing = wanted.filter { gone.contains($0) || missing.contains($0) }
            _ = openMissing()
            throw error
        }
        missing.removeAll { gone.contains($0) }
        wanted = new
    }

    /// Goes over to a board of another kind.
    private func exchange(_ kind: HouseConfiguration.Board.Kind, _ new: [LineSettings]) throws(LineError) {
        let board = make(kind)
        do throws(LineError) {
            for line in new { try board.add(line) }
        } catch {
            board.close()
            throw error
        }
        lines?.close()
        board.onEdge(onEdge)
        (lines, self.kind, wanted, missing) = (board, kind, new, [])
    }

    var isMissingSome: Bool { !missing.isEmpty }

    /// Gives all lines back, outputs inactive.
    func close() {
        lines?.close()
        (lines, wanted, missing) = (nil, [], [])
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
