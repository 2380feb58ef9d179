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

    /// Gives all lines back, outputs inactive.
    func close() {
        lines?.close()
        lines = nil
    }

    func set(_ line: String, level: Int) {
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

    /// What an input is now.
    func isActive(_ line: String) -> Bool {
        (try? lines?.isActive(line)) ?? false
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
