import Base
import Board
import Intercom
import Runtime

/// The buttons, lamps and relays at the door: edges go to the house, outputs come from it.
actor FrontPanel {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let lines: any Lines
    private let log: Log
    private let onEdge: @Sendable (LineEdge) -> Void

    init(loop: Loop, lines: any Lines, log: Log, onEdge: @escaping @Sendable (LineEdge) -> Void) {
        self.loop = loop
        self.lines = lines
        self.log = log
        self.onEdge = onEdge
    }

    func open(_ settings: [LineSettings]) throws(LineError) {
        try lines.open(settings, onEdge: onEdge)
    }

    /// Gives all lines back, outputs inactive.
    func close() {
        lines.close()
    }

    func set(_ line: String, active: Bool) {
        do throws(LineError) {
            try lines.set(line, active: active)
        } catch {
            log.error("line-failed", ["line": line, "error": error])
        }
    }

    /// What an input is now, for the buttons' first state.
    func isActive(_ line: String) -> Bool {
        (try? lines.isActive(line)) ?? false
    }
}
