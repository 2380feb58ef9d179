import Base
import Configuration
import Intercom
import JSON
import Runtime

/// Answers the tool: one request, one reply a line; and passes the events on to whoever asked to follow them.
actor ControlDesk {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let server: ControlServer
    private let household: Household
    private let panel: FrontPanel
    private let state: @Sendable () -> JSONValue
    private let configuration: @Sendable () -> HouseConfiguration
    private var followers: Set<ControlClient> = []

    init(
        loop: Loop, server: ControlServer, household: Household, panel: FrontPanel, state: @escaping @Sendable () -> JSONValue,
        configuration: @escaping @Sendable () -> HouseConfiguration
    ) {
        self.loop = loop
        self.server = server
        self.household = household
        self.panel = panel
        self.state = state
        self.configuration = configuration
    }

    func start(following board: EventBoard) {
        server.onLine { [weak self] client, request in self?.assumeIsolated { $0.answer(client, request) } }
        server.onClose { [weak self] client in self?.assumeIsolated { _ = $0.followers.remove(client) } }
        let follower: @Sendable (JSONValue) -> Void = { [weak self] event in self?.assumeIsolated { $0.tell(event) } }
        board.assumeIsolated { $0.follow(follower) }
    }

    func close() {
        server.close()
    }

    private func tell(_ event: JSONValue) {
        for client in followers.sorted(by: { $0.rawValue < $1.rawValue }) { server.send(client, event) }
    }

    /// A simulated board has its buttons pressed; on a real one the house is told of the press.
    private func press(_ event: Event) -> Bool {
        let fingers: FingerMoves? =
            switch event {
            case .pressed(let name, let kind): FingerMoves(name, kind, configuration())
            case .chordPressed(let name): FingerMoves(chord: name, configuration())
            default: nil
            }
        return fingers.map { fingers in panel.assumeIsolated { $0.perform(fingers) } } ?? false
    }

    private func answer(_ client: ControlClient, _ line: JSONValue) {
        do throws(RequestError) {
            switch try ControlRequest(line) {
            case .state: server.send(client, ["ok": true, "state": state()])
            case .events:
                server.send(client, ["ok": true])
                followers.insert(client)
            case .house(let event) where press(event): server.send(client, ["ok": true])
            case .house(let event):
                if let refusal = household.assumeIsolated({ $0.handle(event) }) { throw RequestError(text: refusal) }
                server.send(client, ["ok": true])
            }
        } catch {
            server.send(client, ["error": .string(error.text)])
        }
    }
}

/// What the tool asks for.
enum ControlRequest: Equatable {
    case state
    case events
    case house(Event)

    /// Reads a request such as `{"command":"press","button":"bell","kind":"short"}`; what is wrong is named.
    init(_ line: JSONValue) throws(RequestError) {
        var reader = RequestReader(line)
        let command = try reader.text("command")
        switch command {
        case "state": self = .state
        case "events": self = .events
        case "press":
            if let chord = try reader.optionalText("chord") {
                self = .house(.chordPressed(chord: chord))
                break
            }
            let button = try reader.text("button")
            let kind = try reader.optionalText("kind") ?? "short"
            guard let kind = PressKind(rawValue: kind) else {
                throw RequestError(text: "kind: \"\(kind)\"; expected \"short\", \"double\" or \"long\"")
            }
            self = .house(.pressed(button: button, kind))
        case "open": self = .house(.open(door: try reader.text("door")))
        case "output":
            let output = try reader.text("output")
            let text = try reader.text("set")
            guard let command = OutputCommand(rawValue: text) else {
                throw RequestError(text: "set: \"\(text)\"; expected \"on\", \"off\" or \"pulse\"")
            }
            self = .house(.output(output, command))
        case "call": self = .house(.call(target: try reader.text("target")))
        case "answer": self = .house(.answer(try reader.call()))
        case "hangup": self = .house(.hangUp(try reader.call()))
        case "hold": self = .house(.hold(try reader.call()))
        case "resume": self = .house(.resume(try reader.call()))
        case "dtmf":
            let digits = try reader.text("digits")
            guard !digits.isEmpty, digits.allSatisfy({ Switchboard.event(of: $0) != nil }) else {
                throw RequestError(text: "digits: expected one or more of 0-9 * # A-D")
            }
            self = .house(.sendDigits(try reader.call(), digits))
        case "transfer":
            let target = try reader.text("target")
            self = .house(.transfer(try reader.call(), target: target))
        case "message":
            let target = try reader.text("target")
            self = .house(.message(target: target, text: try reader.text("text")))
        case "fault":
            let name = try reader.text("name")
            guard Self.isFreeFault(name) else {
                let own = Self.ownFaults.joined(separator: ", ")
                throw RequestError(text: "name: \"\(name)\"; expected 1 to 32 of a-z 0-9 -, and none of our own: \(own)")
            }
            let kind = try reader.optionalText("kind") ?? "on"
            guard ["on", "off"].contains(kind) else {
                throw RequestError(text: "kind: \"\(kind)\"; expected \"on\" or \"off\"")
            }
            self = .house(.fault(name, kind == "on"))
        default:
            let known =
                "state, events, press, open, output, call, answer, hangup, hold, resume, transfer, dtmf, message or fault"
            throw RequestError(text: "command: \"\(command)\"; expected \(known)")
        }
        try reader.finish()
    }

    /// The daemon's own: nobody else says when they are over.
    private static let ownFaults = ["configuration", "lines", "microphone", "sound", "storage"]

    private static func isFreeFault(_ name: String) -> Bool {
        let isPlain = { (byte: UInt8) in "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains(byte) }
        return 1...32 ~= name.utf8.count && name.utf8.allSatisfy(isPlain) && !ownFaults.contains(name)
    }
}

/// Why a request cannot be carried out, for people.
struct RequestError: Error, Equatable {
    var text: String
}

/// Takes the members of a request, and knows which were not asked for.
private struct RequestReader {
    private var members: JSONObject

    init(_ line: JSONValue) {
        members = line.object ?? JSONObject()
    }

    mutating func text(_ name: String) throws(RequestError) -> String {
        guard let text = try optionalText(name) else { throw RequestError(text: "\(name): missing; expected a string") }
        return text
    }

    mutating func optionalText(_ name: String) throws(RequestError) -> String? {
        guard let value = members[name] else { return nil }
        guard let text = value.string else { throw RequestError(text: "\(name): \(value.kind); expected a string") }
        members[name] = nil
        return text
    }

    mutating func call() throws(RequestError) -> CallID? {
        guard let text = try optionalText("call") else { return nil }
        guard let call = CallID(text) else {
            throw RequestError(text: "call: \"\(text)\"; expected a call as state shows it, such as in-1")
        }
        return call
    }

    func finish() throws(RequestError) {
        guard let member = members.members.first else { return }
        throw RequestError(text: "\(member.name): not known for this command")
    }
}

extension CallID {
    /// Reads what `description` writes: `out-1`, `in-1`.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = UInt32(parts[1]), number < 1 << 31 else { return nil }
        switch parts[0] {
        case "out": self = .outgoing(number)
        case "in": self = .incoming(number)
        default: return nil
        }
    }
}
