import JSON

/// What the user asked for, from the command line.
struct Invocation: Equatable {
    enum Task: Equatable {
        case help
        case version
        case check(file: String)
        case wiring(file: String)
        case cancelEcho(played: String, microphone: String, output: String)
        case playout(PlayoutTrace.Request)
        case testSound(configuration: String)
        /// `before` is a file with what `state` said, of which only what worked is demanded.
        case confirm(within: Duration, before: String?)
        case state
        case events
        /// One request, one answer.
        case request(JSONValue)
    }

    var task: Task
    /// Where the daemon listens, when it was said.
    var socket: String?
    /// Where `check` finds credentials, when it was said.
    var credentials: String?
    /// Where `aec` writes its figures, when it was said.
    var report: String?
    /// Output that programs read.
    var isJSON = false
}

/// A command line that makes no sense: what is wrong with it, for people.
struct UsageError: Error, Equatable {
    var text: String
}

extension Invocation {
    /// Reads the arguments after the program's name. Options may stand anywhere before `--`.
    init(arguments: [String]) throws(UsageError) {
        var line = try CommandLineReader(arguments)
        self.init(
            task: .help, socket: line.socket, credentials: line.credentials, report: line.report, isJSON: line.isJSON)
        if line.wantsHelp { return }
        if line.wantsVersion {
            task = .version
            return
        }
        task = try Self.task(&line)
        if let option = line.options.first(where: { $0.command != line.command }) {
            throw UsageError(text: "\(line.command): \(option.name) is for \(option.command) only")
        }
        if let stray = line.words.first { throw UsageError(text: "\(line.command): '\(stray)' is one word too many") }
        if line.report != nil, line.command != "aec" { throw UsageError(text: "\(line.command): --report is for aec only") }
        if let option = line.pressOptions.first, line.command != "press" {
            throw UsageError(text: "\(line.command): --\(option) is for press only")
        }
        guard line.pressOptions.count < 2 else {
            throw UsageError(text: "press: one of \(line.pressOptions.map { "--\($0)" }.joined(separator: ", ")) at a time")
        }
    }

    private static func task(_ line: inout CommandLineReader) throws(UsageError) -> Task {
        line.command = line.next() ?? ""
        switch line.command {
        case "": throw UsageError(text: "a command is missing")
        case "help": return .help
        case "check": return .check(file: try line.required("FILE"))
        case "wiring": return .wiring(file: try line.required("FILE"))
        case "aec":
            return .cancelEcho(
                played: try line.required("FAR.wav"), microphone: try line.required("MIC.wav"),
                output: try line.required("OUT.wav"))
        case "playout": return .playout(try playout(&line))
        case "selftest":
            let what = try line.required("WHAT")
            guard what == "sound" else { throw UsageError(text: "selftest: '\(what)' cannot be tested; expected sound") }
            guard let file = line.options.last(where: { $0.command == "selftest" })?.value else {
                throw UsageError(text: "selftest: --config FILE is missing")
            }
            return .testSound(configuration: file)
        case "confirm":
            let before = line.options.last { $0.name == "--as-before" }?.value
            return .confirm(within: try time(&line), before: before)
        case "state": return .state
        case "events": return .events
        case "press":
            let name = try line.required("NAME")
            let option = line.pressOptions.first ?? "short"
            if option == "chord" { return .request(["command": "press", "chord": .string(name)]) }
            return .request(["command": "press", "button": .string(name), "kind": .string(option)])
        case "open": return .request(["command": "open", "door": .string(try line.required("DOOR"))])
        case "output":
            let output = try line.required("NAME")
            let set = try line.required("on|off|pulse")
            guard ["on", "off", "pulse"].contains(set) else {
                throw UsageError(text: "output: '\(set)' cannot be done; expected on, off or pulse")
            }
            return .request(["command": "output", "output": .string(output), "set": .string(set)])
        case "call":
            return .request(["command": "call", "target": .string(try line.required("TARGET"))])
        case "answer", "hangup", "hold", "resume":
            return .request(request(line.command, call: line.next()))
        case "message":
            let target = try line.required("TARGET")
            return .request(["command": "message", "target": .string(target), "text": .string(try line.required("TEXT"))])
        case "transfer":
            let target = try line.required("TARGET")
            return .request(request("transfer", ("target", .string(target)), call: line.next()))
        case "fault":
            let (name, kind) = (try line.required("NAME"), line.next() ?? "on")
            guard ["on", "off"].contains(kind) else { throw UsageError(text: "fault: '\(kind)' is neither on nor off") }
            return .request(["command": "fault", "name": .string(name), "kind": .string(kind)])
        case "dtmf":
            let digits = try line.required("DIGITS").uppercased()
            guard !digits.isEmpty, digits.utf8.allSatisfy({ "0123456789*#ABCD".utf8.contains($0) }) else {
                throw UsageError(text: "dtmf: '\(digits)' has other keys than 0-9 * # A-D")
            }
            return .request(request("dtmf", ("digits", .string(digits)), call: line.next()))
        default: throw UsageError(text: "there is no command '\(line.command)'")
        }
    }

    /// Whole seconds, with or without their unit; at most a day.
    private static func time(_ line: inout CommandLineReader) throws(UsageError) -> Duration {
        let text = line.options.last { $0.name == "--within" }?.value ?? "120s"
        guard let seconds = Int(text.hasSuffix("s") ? String(text.dropLast()) : text), 1...86_400 ~= seconds else {
            throw UsageError(text: "confirm: '\(text)' is no value for --within; expected seconds such as 120s")
        }
        return .seconds(seconds)
    }

    private static func playout(_ line: inout CommandLineReader) throws(UsageError) -> PlayoutTrace.Request {
        var request = PlayoutTrace.Request(trace: try line.required("TRACE"), output: try line.required("OUT"))
        for option in line.options {
            guard request.take(option.name, option.value) else {
                throw UsageError(text: "playout: '\(option.value)' is no value for \(option.name)")
            }
        }
        return request
    }

    private static func request(_ command: String, _ more: (String, JSONValue)..., call: String?) -> JSONValue {
        var object = JSONObject([("command", .string(command))] + more)
        object["call"] = call.map { .string($0) }
        return .object(object)
    }
}

/// Takes the options out of the arguments and hands out the other words in order.
private struct CommandLineReader {
    var command = ""
    var words: ArraySlice<String> = []
    /// Options with a value that belong to one command, in order.
    var options: [(command: String, name: String, value: String)] = []
    var socket: String?
    var credentials: String?
    var report: String?
    var isJSON = false
    /// Of `long`, `double` and `chord` those that were given.
    var pressOptions: [String] = []
    var wantsHelp = false
    var wantsVersion = false

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                words += rest
                return
            }
            guard argument.hasPrefix("-"), argument.count > 1 else {
                words.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let option = parts[0]
            let attached = parts.count > 1 ? parts[1] : nil
            switch option {
            case "--socket", "-s": socket = try Self.value(of: option, attached, &rest)
            case "--credentials": credentials = try Self.value(of: option, attached, &rest)
            case "--report": report = try Self.value(of: option, attached, &rest)
            case "--config": options.append(("selftest", option, try Self.value(of: option, attached, &rest)))
            case "--rate", "--ssrc", "--codec", "--within", "--as-before":
                guard let value = attached ?? rest.popFirst(), !value.isEmpty else {
                    throw UsageError(text: "the option \(option) wants a value")
                }
                options.append((["--within", "--as-before"].contains(option) ? "confirm" : "playout", option, value))
            case _ where attached != nil: throw UsageError(text: "the option \(option) takes no value")
            case "--json", "-j": isJSON = true
            case "--long", "-l": add("long")
            case "--double", "-d": add("double")
            case "--chord": add("chord")
            case "--help", "-h": wantsHelp = true
            case "--version", "-V": wantsVersion = true
            default: throw UsageError(text: "there is no option '\(option)'")
            }
        }
    }

    private static func value(
        of option: String, _ attached: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        guard let value = attached ?? rest.popFirst(), !value.isEmpty else {
            throw UsageError(text: "the option \(option) wants a path")
        }
        return value
    }

    private mutating func add(_ option: String) {
        if !pressOptions.contains(option) { pressOptions.append(option) }
    }

    mutating func next() -> String? { words.popFirst() }

    mutating func required(_ name: String) throws(UsageError) -> String {
        guard let word = next(), !word.isEmpty else { throw UsageError(text: "\(command): \(name) is missing") }
        return word
    }
}
