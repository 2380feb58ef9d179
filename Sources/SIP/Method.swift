/// A request's method: RFC 3261 §7.1. Methods are case-sensitive.
public enum Method: Hashable, Sendable, CustomStringConvertible {
    case invite, ack, bye, cancel, options, register
    case info, prack, update, subscribe, notify, refer, message, publish
    case other(String)

    public init(_ name: String) {
        self = Array(name.utf8).withUnsafeBytes { bytes in
            bytes.baseAddress.map { Method(Cursor($0, count: bytes.count), 0, bytes.count) } ?? .other("")
        }
    }

    /// The method that stands from `start` to `end`, which is a token.
    init(_ cursor: Cursor, _ start: Int, _ end: Int) {
        let count = end &- start
        switch cursor.word(start, count: count) {
        case ("INVITE" as StaticString).word where count == 6: self = .invite
        case ("ACK" as StaticString).word where count == 3: self = .ack
        case ("BYE" as StaticString).word where count == 3: self = .bye
        case ("CANCEL" as StaticString).word where count == 6: self = .cancel
        case ("OPTIONS" as StaticString).word where count == 7: self = .options
        case ("REGISTER" as StaticString).word where count == 8: self = .register
        case ("INFO" as StaticString).word where count == 4: self = .info
        case ("PRACK" as StaticString).word where count == 5: self = .prack
        case ("UPDATE" as StaticString).word where count == 6: self = .update
        case ("SUBSCRIBE" as StaticString).word where count == 9 && cursor[end &- 1] == UInt8(ascii: "E"): self = .subscribe
        case ("NOTIFY" as StaticString).word where count == 6: self = .notify
        case ("REFER" as StaticString).word where count == 5: self = .refer
        case ("MESSAGE" as StaticString).word where count == 7: self = .message
        case ("PUBLISH" as StaticString).word where count == 7: self = .publish
        default: self = .other(cursor.text(start, end))
        }
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
