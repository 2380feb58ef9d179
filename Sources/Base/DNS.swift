/// What may be asked of the Domain Name System: names are compared and kept in lower case, without a dot at the end.
public enum DNSQuestion: Hashable, Sendable, CustomStringConvertible {
    /// A and AAAA together: the host's addresses, the best first as the kernel's routes would have it.
    case addresses(String)
    /// SRV, RFC 2782; the name begins with service and protocol.
    case services(String)
    /// NAPTR, RFC 3403.
    case pointers(String)

    public var name: String {
        switch self {
        case .addresses(let name), .services(let name), .pointers(let name): name
        }
    }

    public var description: String {
        switch self {
        case .addresses(let name): "A/AAAA \(name)"
        case .services(let name): "SRV \(name)"
        case .pointers(let name): "NAPTR \(name)"
        }
    }

    /// The same question as every way of writing its name asks it.
    public var canonical: DNSQuestion {
        switch self {
        case .addresses(let name): .addresses(canonicalName(name))
        case .services(let name): .services(canonicalName(name))
        case .pointers(let name): .pointers(canonicalName(name))
        }
    }
}

/// A domain name in lower case and without the root's dot.
public func canonicalName(_ name: String) -> String {
    let name = name.lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
}

/// What an answer says.
public enum DNSRecords: Sendable, Equatable, CustomStringConvertible {
    case addresses([IPAddress])
    case services([ServiceRecord])
    case pointers([NamingPointer])
    /// The name does not exist, or has nothing of that kind.
    case absent
    /// No server answered, or none could.
    case unanswered

    public var description: String {
        switch self {
        case .addresses(let found): found.map(\.description).joined(separator: " ")
        case .services(let found):
            found.map { "\($0.priority) \($0.weight) \($0.port) \($0.target)" }.joined(separator: ", ")
        case .pointers(let found):
            found.map { "\($0.order) \($0.preference) \($0.flags) \($0.service) \($0.replacement)" }.joined(separator: ", ")
        case .absent: "absent"
        case .unanswered: "unanswered"
        }
    }
}

/// An answer, and how old it is.
public struct DNSAnswer: Sendable, Equatable {
    public var records: DNSRecords
    /// Nobody answers now: this is what was answered last.
    public var isLastKnown: Bool

    public init(_ records: DNSRecords, isLastKnown: Bool = false) {
        self.records = records
        self.isLastKnown = isLastKnown
    }
}

/// An SRV record: one server of a service. RFC 2782.
public struct ServiceRecord: Sendable, Hashable {
    /// Lower is tried first.
    public var priority: UInt16
    /// The share of those of one priority.
    public var weight: UInt16
    public var port: UInt16
    /// A host's name; empty (the root) means that there is no such service.
    public var target: String

    public init(priority: UInt16, weight: UInt16, port: UInt16, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}

/// A NAPTR record: where to go on for a kind of service. RFC 3403 §4.1.
public struct NamingPointer: Sendable, Hashable {
    /// Lower is taken first, and among those of one order the lower preference.
    public var order: UInt16
    public var preference: UInt16
    public var flags: String
    public var service: String
    public var expression: String
    public var replacement: String

    public init(order: UInt16, preference: UInt16, flags: String, service: String, expression: String = "", replacement: String) {
        self.order = order
        self.preference = preference
        self.flags = flags
        self.service = service
        self.expression = expression
        self.replacement = replacement
    }
}
