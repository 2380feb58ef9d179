import Base
import Glibc
import JSON
import Runtime

/// `portier confirm`: asks the daemon for its state until it has proved itself, or until the time is over.
extension Tool {
    func confirm(within time: Duration, asBefore file: String?, _ invocation: Invocation) -> Status {
        let path = invocation.socket ?? surroundings.socket ?? Self.defaultSocket
        var before: JSONValue?
        if let file {
            before = readState(file)
            if before == nil { return .refused }
        }
        var confirmation = Confirmation(within: time, asBefore: before, at: MonotonicClock.now)
        var told: [String] = []
        while true {
            switch confirmation.look(stateNow(path), at: MonotonicClock.now) {
            case .proved: return .done
            case .failed(let missing):
                for text in missing { complain("not confirmed: \(text)") }
                return .refused
            case .again(let instant, let missing):
                if missing != told, !invocation.isJSON { surroundings.printOut(missing.joined(separator: "; ") + "\n") }
                told = missing
                wait(until: instant)
            }
        }
    }

    /// Far more than a house with all its calls has to say.
    private static let mostStateBytes = 1 << 20

    /// What `portier --json state` printed once.
    private func readState(_ file: String) -> JSONValue? {
        do throws(SystemError) {
            let bytes = try Files.read(file, limit: Self.mostStateBytes).bytes
            do throws(JSONError) {
                return try JSONValue(parsing: bytes)
            } catch {
                complain("\(file): \(error)")
            }
        } catch {
            complain("\(error)")
        }
        return nil
    }

    /// A daemon that starts, hangs or goes down is asked again later.
    private func stateNow(_ path: String) -> JSONValue? {
        do throws(ControlCaller.Failure) {
            return try ControlCaller(path: path, patience: .seconds(2)).ask(["command": "state"])?["state"]
        } catch {
            return nil
        }
    }

    private func wait(until instant: Instant) {
        let left = (instant - MonotonicClock.now).milliseconds
        if left > 0 { usleep(UInt32(clamping: left) * 1_000) }
    }
}
