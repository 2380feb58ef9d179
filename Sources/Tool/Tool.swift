import Base
import CLinux
import JSON
import Runtime

/// The command-line tool, apart from the process around it.
public struct Tool {
    /// What the process was given beside its arguments.
    public struct Surroundings {
        /// The value of PORTIER_SOCKET.
        public var socket: String?
        /// The value of CREDENTIALS_DIRECTORY.
        public var credentials: String?
        public var printOut: (String) -> Void
        public var printError: (String) -> Void

        public init(
            socket: String?, credentials: String?, printOut: @escaping (String) -> Void, printError: @escaping (String) -> Void
        ) {
            self.socket = socket
            self.credentials = credentials
            self.printOut = printOut
            self.printError = printError
        }
    }

    public enum Status: Int32 {
        case done = 0
        /// The daemon refused, or the file is wrong.
        case refused = 1
        case usage = 2
        case unreachable = 3
    }

    public static let defaultSocket = "/run/portier/control.sock"

    let surroundings: Surroundings

    public init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
    }

    /// Does what the arguments after the program's name say.
    public func run(_ arguments: [String]) -> Status {
        do throws(UsageError) {
            return perform(try Invocation(arguments: arguments))
        } catch {
            complain(error.text)
            surroundings.printError("Try 'portier --help'.\n")
            return .usage
        }
    }

    private func perform(_ invocation: Invocation) -> Status {
        switch invocation.task {
        case .help:
            surroundings.printOut(Help.text)
            return .done
        case .version:
            surroundings.printOut("portier \(Product.version)\n")
            return .done
        case .check(let file): return check(file, invocation)
        case .wiring(let file): return drawWiring(of: file)
        case .cancelEcho(let played, let microphone, let output):
            return cancelEcho(played, microphone, output, report: invocation.report)
        case .playout(let request): return play(request)
        case .confirm(let time, let before): return confirm(within: time, asBefore: before, invocation)
        case .testSound(let file): return testSound(file, invocation)
        case .state, .events, .request: return converse(invocation)
        }
    }

    func complain(_ text: String) {
        surroundings.printError("portier: \(text)\n")
    }
}

// MARK: - The daemon

extension Tool {
    private func converse(_ invocation: Invocation) -> Status {
        let path = invocation.socket ?? surroundings.socket ?? Self.defaultSocket
        do throws(ControlCaller.Failure) {
            let caller = try ControlCaller(path: path)
            return switch invocation.task {
            case .events: try follow(caller, invocation)
            case .request(let request): try ask(caller, request, invocation)
            default: try show(caller, invocation)
            }
        } catch {
            complain("cannot reach portierd at \(path): \(reason(error))")
            return .unreachable
        }
    }

    private func reason(_ failure: ControlCaller.Failure) -> String {
        guard case .system(let error) = failure else { return "\(failure)" }
        let hint =
            switch error.code {
            case ENOENT, ECONNREFUSED: " (is it running?)"
            case EACCES, EPERM: " (it answers its own user and root only)"
            default: ""
            }
        return SystemError.text(error.code) + hint
    }

    /// The answer to a request; refusals and a lost connection are told here.
    private func answer(
        _ caller: ControlCaller, _ request: JSONValue, _ invocation: Invocation
    ) throws(ControlCaller.Failure) -> (JSONValue?, Status) {
        guard let answer = try caller.ask(request) else {
            complain("portierd closed the connection")
            return (nil, .unreachable)
        }
        guard let error = answer["error"] else { return (answer, .done) }
        if invocation.isJSON { surroundings.printOut("\(answer)\n") } else { complain(Words.text(error)) }
        return (nil, .refused)
    }

    private func ask(
        _ caller: ControlCaller, _ request: JSONValue, _ invocation: Invocation
    ) throws(ControlCaller.Failure) -> Status {
        let (answer, status) = try answer(caller, request, invocation)
        if let answer, invocation.isJSON { surroundings.printOut("\(answer)\n") }
        return status
    }

    private func show(_ caller: ControlCaller, _ invocation: Invocation) throws(ControlCaller.Failure) -> Status {
        let (answer, status) = try answer(caller, ["command": "state"], invocation)
        guard let answer else { return status }
        let state = answer["state"] ?? [:]
        surroundings.printOut(invocation.isJSON ? "\(state)\n" : StateView.text(state))
        return status
    }

    private func follow(_ caller: ControlCaller, _ invocation: Invocation) throws(ControlCaller.Failure) -> Status {
        let (answer, status) = try answer(caller, ["command": "events"], invocation)
        guard answer != nil else { return status }
        caller.setPatience(nil)
        while let event = try caller.receive() {
            if let error = event["error"], event["event"] == nil {
                complain(Words.text(error))
                return .refused
            }
            surroundings.printOut((invocation.isJSON ? "\(event)" : EventView.line(event)) + "\n")
        }
        complain("portierd closed the connection")
        return .unreachable
    }
}

// MARK: - Files

extension Tool {
    private func play(_ request: PlayoutTrace.Request) -> Status {
        do throws(PlayoutTrace.Failure) {
            try PlayoutTrace.play(request)
            return .done
        } catch {
            complain(error.text)
            return .refused
        }
    }

    private func check(_ file: String, _ invocation: Invocation) -> Status {
        let check = ConfigurationCheck(file: file, credentials: invocation.credentials ?? surroundings.credentials)
        if invocation.isJSON {
            surroundings.printOut("\(check.json)\n")
        } else {
            for problem in check.problems { surroundings.printOut("\(problem)\n") }
            if check.problems.isEmpty { surroundings.printOut("\(file): ok\n") }
        }
        for warning in check.warnings { surroundings.printError("\(file): \(warning)\n") }
        for name in check.uncheckedCredentials {
            surroundings.printError("portier: note: the credential '\(name)' was not looked at (see --credentials)\n")
        }
        return check.problems.isEmpty ? .done : .refused
    }
}
