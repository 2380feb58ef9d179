/// A request's method: RFC 3261 §7.1. Methods are case-sensitive.
public enum Method: Hashable, Sendable, CustomStringConvertible {
    case invite, ack, bye, cancel, options, register
    case info, prack, update, subscribe, notify, refer, message, publish
    case other(String)

    static let known: [Method] = [
        .invite, .ack, .bye, .cancel, .options, .register, .info, .prack, .update, .subscribe, .notify, .refer, .message,
        .publish,
    ]

    public init(_ name: String) {
        self = Self.known.first { $0.description == name } ?? .other(name)
    }

    public var description: String {
        switch self {
        case .invite: "INVITE"
        case .ack: "ACK"
        case .bye: "BYE"
        case .cancel: "CANCEL"
        case .options: "OPTIONS"
        case .register: "REGISTER"
        case .info: "INFO"
        case .prack: "PRACK"
        case .update: "UPDATE"
        case .subscribe: "SUBSCRIBE"
        case .notify: "NOTIFY"
        case .refer: "REFER"
        case .message: "MESSAGE"
        case .publish: "PUBLISH"
        case .other(let name): name
        }
    }
}

/// The CSeq header: RFC 3261 §20.16.
public struct CSeq: Sendable, Hashable, CustomStringConvertible {
    public var number: UInt32
    public var method: Method

    public init(number: UInt32, method: Method) {
        self.number = number
        self.method = method
    }

    public var description: String { "\(number) \(method)" }
}
