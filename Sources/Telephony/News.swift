import SIP

/// What a server or a trusted peer tells the house beside calls and registrations.
public enum News: Sendable, Equatable {
    /// The mailbox of an account changed (RFC 3842).
    case mailbox(account: String, MessageSummary)
    /// A text from a trusted source (RFC 3428).
    case message(TextMessage)
    /// A registrar asks for a look at the configuration, or for a new start.
    case checkSync(account: String?, reboot: Bool)
    /// What became of a text of ours: the final status, or `nil` without an answer.
    case messageSent(MessageID, to: URI, status: Int?, text: String)
}

/// A text that somebody sent to the house.
public struct TextMessage: Sendable, Equatable {
    public var from: URI
    public var displayName: String?
    public var text: String
    public var account: String?

    public init(from: URI, displayName: String? = nil, text: String, account: String? = nil) {
        self.from = from
        self.displayName = displayName
        self.text = text
        self.account = account
    }
}

/// A text that the house sends, numbered by whoever asks for it.
public struct MessageID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public var description: String { "message-\(rawValue)" }
}
