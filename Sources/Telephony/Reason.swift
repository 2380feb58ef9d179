import SIP

/// One value of the Reason header, such as `SIP ;cause=200 ;text="Call completed elsewhere"`: RFC 3326 §2.
struct Reason: Equatable, CustomStringConvertible {
    enum Kind: Equatable {
        /// A SIP status.
        case sip
        /// A cause of ITU-T Q.850, as telephone networks have them.
        case q850
        case other(String)
    }

    var kind: Kind
    var cause: Int?
    var text: String?

    init(_ kind: Kind, cause: Int, text: String) {
        self.kind = kind
        self.cause = cause
        self.text = text
    }

    init(_ value: String) {
        var fields = HeaderParts(value)
        let name = fields.next() ?? ""
        kind = name.lowercased() == "sip" ? .sip : name.uppercased() == "Q.850" ? .q850 : .other(name)
        while let part = fields.next() {
            guard let (name, value) = HeaderParts.pair(part) else { continue }
            switch name {
            case "cause": cause = Int(value)
            case "text": text = value
            default: break
            }
        }
    }

    /// All reasons of a message: one may say it in several protocols.
    static func all(in message: Message) -> [Reason] {
        message.headers("Reason").flatMap { HeaderParts.list($0) }.prefix(8).map { Reason($0) }
    }

    /// Another phone took the call: RFC 3326 §3.1, or the network's "non-selected user clearing".
    var isAnsweredElsewhere: Bool { kind == .sip && cause == 200 || kind == .q850 && cause == 26 }

    var description: String {
        let name =
            switch kind {
            case .sip: "SIP"
            case .q850: "Q.850"
            case .other(let name): name
            }
        return name + (cause.map { ";cause=\($0)" } ?? "") + (text.map { ";text=\"\($0)\"" } ?? "")
    }

    var field: HeaderField { HeaderField(name: "Reason", value: description) }
}

extension Reason {
    /// What our CANCEL or BYE says to the other side.
    init(_ cause: CallEnd.Cause) {
        self =
            switch cause {
            case .answeredElsewhere: Reason(.sip, cause: 200, text: "Call completed elsewhere")
            case .noAnswer: Reason(.q850, cause: 19, text: "No answer")
            case .busy: Reason(.sip, cause: 486, text: "Busy Here")
            case .declined: Reason(.sip, cause: 603, text: "Decline")
            case .incompatible: Reason(.sip, cause: 488, text: "Not Acceptable Here")
            case .sessionExpired: Reason(.sip, cause: 408, text: "Session expired")
            case .mediaLost: Reason(.q850, cause: 41, text: "No sound received")
            case .timeLimit: Reason(.q850, cause: 16, text: "Time limit")
            case .shutDown: Reason(.q850, cause: 27, text: "Shutting down")
            case .unreachable, .failed: Reason(.q850, cause: 41, text: "Failure")
            default: Reason(.q850, cause: 16, text: "Normal call clearing")
            }
    }
}

extension CallEnd {
    /// From the BYE or CANCEL of the other side: `cause` unless its reasons know better.
    init(_ cause: Cause, saidBy request: Message) {
        let reasons = Reason.all(in: request)
        let isElsewhere = cause == .cancelled && reasons.contains(where: \.isAnsweredElsewhere)
        let status = reasons.first { $0.kind == .sip }?.cause
        self.init(
            isElsewhere ? .answeredElsewhere : cause, status: status.flatMap { (100...699).contains($0) ? $0 : nil },
            networkCause: Reason.networkCause(reasons), text: reasons.lazy.compactMap(\.text).first)
    }
}

extension Reason {
    /// The cause by Q.850, when there is one: 1 to 127.
    static func networkCause(_ reasons: [Reason]) -> Int? {
        reasons.first { $0.kind == .q850 }?.cause.flatMap { (1...127).contains($0) ? $0 : nil }
    }
}

extension CallEnd.Cause {
    /// What a cause of Q.850 §2.2.7 means to the house; `nil` for those that tell no more than that it failed.
    init?(networkCause: Int) {
        switch networkCause {
        case 1, 2, 3, 22, 28: self = .notFound
        case 17: self = .busy
        case 18, 19, 20: self = .noAnswer
        case 21: self = .declined
        case 26: self = .answeredElsewhere
        case 27, 34, 38, 41, 42: self = .unreachable
        case 50, 52, 53, 54, 55, 57, 87: self = .forbidden
        case 58, 65, 70, 79, 88: self = .incompatible
        default: return nil
        }
    }
}
