import SIP

/// What waits in a mailbox, as its server tells: RFC 3842 §5.2, application/simple-message-summary.
public struct MessageSummary: Sendable, Equatable {
    public var isWaiting: Bool
    /// Spoken messages not yet heard, heard, and how many of the new ones are urgent; `nil` where the server does not count.
    public var new: UInt32?
    public var old: UInt32?
    public var newUrgent: UInt32?
    /// Where the mailbox is called.
    public var mailbox: String?

    public init(isWaiting: Bool, new: UInt32? = nil, old: UInt32? = nil, newUrgent: UInt32? = nil, mailbox: String? = nil) {
        self.isWaiting = isWaiting
        self.new = new
        self.old = old
        self.newUrgent = newUrgent
        self.mailbox = mailbox
    }

    static let contentType = "application/simple-message-summary"

    /// Reads such a body; `nil` without the line that says whether anything waits.
    init?(body: [UInt8]) {
        var isWaiting: Bool?
        var summary = MessageSummary(isWaiting: false)
        // What follows an empty line is about single messages.
        for line in body.prefix(4096).split(separator: 0x0A, maxSplits: 64, omittingEmptySubsequences: false) {
            let text = String(decoding: line, as: UTF8.self).trimmed
            guard let colon = text.firstIndex(of: ":") else {
                if isWaiting == nil { continue }
                break
            }
            let name = String(text[..<colon]).trimmed.lowercased()
            let value = String(text[text.index(after: colon)...]).trimmed
            switch name {
            case "messages-waiting": isWaiting = value.lowercased() == "yes"
            case "message-account": summary.mailbox = String(value.prefix(256))
            case "voice-message": summary.count(value)
            default: break
            }
        }
        guard let isWaiting else { return nil }
        summary.isWaiting = isWaiting
        self = summary
    }

    /// `2/8 (0/2)`: new and old, and of them the urgent ones.
    private mutating func count(_ value: String) {
        let numbers = value.split { !$0.isASCII || !$0.isNumber }.prefix(4).map { UInt32($0) ?? .max }
        new = numbers.first
        old = numbers.count > 1 ? numbers[1] : nil
        newUrgent = numbers.count > 2 ? numbers[2] : nil
    }
}
