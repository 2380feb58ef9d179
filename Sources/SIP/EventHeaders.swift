/// The Event header: which package, and which of several subscriptions to it. RFC 6665 §8.2.1.
public struct EventPackage: Sendable, Equatable, CustomStringConvertible {
    /// In lower case, with its templates: `message-summary`, `presence.winfo`.
    public var name: String
    public var id: String?
    public var parameters: Parameters

    public init(_ name: String, id: String? = nil) {
        self.name = name
        self.id = id
        parameters = Parameters()
    }

    /// Reads `dialog;id=7`; `nil` when no package is named.
    public init?(reading value: String) {
        guard let list = ParameterList(value) else { return nil }
        name = list.word
        parameters = list.parameters
        id = list.parameters["id"]
    }

    public var description: String { name + (id.map { ";id=\($0)" } ?? "") }
}

/// The Subscription-State header: RFC 6665 §8.2.3.
public struct SubscriptionState: Sendable, Equatable, CustomStringConvertible {
    public enum Phase: Sendable, Equatable {
        case active, pending
        /// With the reason that the notifier gave, in lower case.
        case terminated(String?)
    }

    public var phase: Phase
    /// In seconds.
    public var expires: UInt32?
    public var retryAfter: UInt32?

    public init(_ phase: Phase, expires: UInt32? = nil) {
        self.phase = phase
        self.expires = expires
    }

    /// Reads `active;expires=600`, `terminated;reason=noresource`. An unknown state counts as active (§4.1.3).
    public init?(reading value: String) {
        guard let list = ParameterList(value) else { return nil }
        phase =
            switch list.word {
            case "terminated": .terminated(list.parameters["reason"]?.lowercased())
            case "pending": .pending
            default: .active
            }
        expires = list.parameters["expires"].flatMap { UInt32($0) }
        retryAfter = list.parameters["retry-after"].flatMap { UInt32($0) }
    }

    public var description: String {
        let expiry = expires.map { ";expires=\($0)" } ?? ""
        switch phase {
        case .active: return "active" + expiry
        case .pending: return "pending" + expiry
        case .terminated(let reason): return "terminated" + (reason.map { ";reason=\($0)" } ?? "")
        }
    }
}

/// A token and its parameters.
private struct ParameterList {
    var word: String
    var parameters: Parameters

    init?(_ value: String) {
        let end = value.firstIndex(of: ";") ?? value.endIndex
        word = String(value[..<end]).trimmed.lowercased()
        guard !word.isEmpty else { return nil }
        // A name-addr has the same parameters.
        parameters = (try? NameAddress("<sip:x>" + value[end...]))?.parameters ?? Parameters()
    }
}

extension Message {
    /// The package that a SUBSCRIBE or NOTIFY is about.
    public var event: EventPackage? { (header("Event") ?? header("o")).flatMap { EventPackage(reading: $0) } }

    public var subscriptionState: SubscriptionState? {
        header("Subscription-State").flatMap { SubscriptionState(reading: $0) }
    }
}
