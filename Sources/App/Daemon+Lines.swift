import Base
import Board
import Configuration
import Intercom

/// How the daemon comes by its lines.
extension Daemon {
    /// Opens all lines that can be had, and tells which cannot.
    func openLines(_ configuration: HouseConfiguration) {
        let errors = panel.assumeIsolated { $0.open(configuration) }
        for error in errors {
            world.log.error("line-missing", ["error": error])
            publish("line-missing", error.line, [.init("error", .text(error.description))])
        }
        tellInputs(configuration)
        expectLines(!errors.isEmpty)
    }

    /// Looks for the lines that are missing once more.
    func findLines() {
        let (came, errors) = panel.assumeIsolated { $0.openMissing() }
        for line in came {
            publish("line-found", line)
            household.assumeIsolated { _ = $0.handle(.lineFound(line)) }
        }
        tellInputs(configuration) { came.contains($0) }
        expectLines(!errors.isEmpty)
    }

    private func expectLines(_ areMissing: Bool) {
        tellFault("lines", areMissing)
        lineAlarm.set(at: areMissing ? loop.now + Self.lineInterval : nil)
    }

    /// What the inputs are now; a button held down at the start is no press until it was let go.
    func tellInputs(_ configuration: HouseConfiguration, where isMeant: (String) -> Bool = { _ in true }) {
        for (name, line) in configuration.lines.sorted(by: { $0.key < $1.key })
        where line.direction == .input && isMeant(name) {
            guard let isActive = panel.assumeIsolated({ $0.isActive(name) }) else { continue }
            household.assumeIsolated { _ = $0.handle(.level(line: name, active: isActive)) }
        }
    }

    /// Goes over to the lines of another configuration, or stays with what there is.
    func exchangeLines(_ old: HouseConfiguration, _ new: HouseConfiguration) throws(LineError) {
        let outcome = panel.assumeIsolated { panel in Result { () throws(LineError) in try panel.exchange(new) } }
        if case .failure = outcome {
            let changed = old.otherLines(than: new)
            household.assumeIsolated { $0.linesOpened(changed) }
            tellInputs(old) { changed.contains($0) }
        }
        expectLines(panel.assumeIsolated { $0.isMissingSome })
        try outcome.get()
    }

    private func publish(_ event: String, _ line: String, _ more: [HouseEvent.Field] = []) {
        board.assumeIsolated { $0.publish(HouseEvent(event, [.init("line", .text(line))] + more)) }
    }
}
