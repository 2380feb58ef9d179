import Base
import JSON

/// Whether a daemon proves itself within a time, by what `state` answers now and again: what `portier confirm` decides.
struct Confirmation: Equatable {
    enum Step: Equatable {
        /// Look again then; this is still missing.
        case again(at: Instant, missing: [String])
        case proved
        case failed(missing: [String])
    }

    /// A registrar that refuses is asked again after seconds; the sound has fifty periods between two looks.
    static let interval: Duration = .seconds(1)

    private let deadline: Instant
    /// What `state` said in better or worse times; only what worked then is demanded now.
    private let before: JSONValue?
    /// The audio periods at the last look, and how often SIP's socket had heard itself.
    private var periods: Int64?
    private var echoes: Int64?

    /// With `before`, a registrar that is down for everybody, or a card that was never there, is not held against this daemon.
    init(within time: Duration, asBefore before: JSONValue? = nil, at now: Instant) {
        deadline = now + time
        self.before = before
    }

    /// Takes the daemon's state, or that it did not answer.
    mutating func look(_ state: JSONValue?, at now: Instant) -> Step {
        let missing = missing(in: state)
        if missing.isEmpty { return .proved }
        return now >= deadline ? .failed(missing: missing) : .again(at: min(now + Self.interval, deadline), missing: missing)
    }

    private mutating func missing(in state: JSONValue?) -> [String] {
        guard let state else {
            (periods, echoes) = (nil, nil)  // whoever answers next may be another process
            return ["portierd does not answer"]
        }
        var missing: [String] = []
        for account in elements(state["accounts"]) where !isWell(account) && worked(account: account["name"]) {
            missing.append("account \(words(account["name"])) is \(words(account["state"]))")
        }
        for fault in elements(state["faults"]) where wasAbsent(fault) { missing.append("fault: \(words(fault))") }
        if !hearsItself(state["sip"]?["echoes"]) { missing.append("SIP's port does not answer") }
        guard before == nil || before?["sound"]?["card"] == "open" else { return missing }
        let sound = state["sound"]
        if sound?["card"] != .string("open") { missing.append("sound card: \(words(sound?["card"]))") }
        guard case .integer(let count)? = sound?["periods"] else { return missing + ["sound periods: -"] }
        if periods.map({ count <= $0 }) ?? true { missing.append("sound periods do not advance") }
        periods = count
        return missing
    }

    /// After each answer the daemon tries its own port. Where it never heard itself before, by a firewall's will, it need not do so now.
    private mutating func hearsItself(_ count: JSONValue?) -> Bool {
        if let before {
            guard case .integer(1...)? = before["sip"]?["echoes"] else { return true }
        }
        guard case .integer(let count)? = count else { return false }
        defer { echoes = count }
        return echoes.map { count > $0 } ?? false
    }

    private func isWell(_ account: JSONValue) -> Bool { [.string("registered"), .string("none")].contains(account["state"]) }

    private func worked(account name: JSONValue?) -> Bool {
        before == nil || elements(before?["accounts"]).contains { $0["name"] == name && isWell($0) }
    }

    private func wasAbsent(_ fault: JSONValue) -> Bool {
        guard let before else { return true }
        return before["faults"] != nil && !elements(before["faults"]).contains(fault)
    }

    private func elements(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let values)? = value { values } else { [] }
    }

    private func words(_ value: JSONValue?) -> String { Words.text(value ?? .null) }
}
