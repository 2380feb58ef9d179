/// Which bodies the sender of a request can read: RFC 3261 §20.1.
extension Message {
    /// Whether a response may have a body of this type. Without Accept, session descriptions are meant; an empty one refuses
    /// all; one that cannot be read counts as absent.
    public func accepts(_ type: MediaType) -> Bool {
        let lines = headers("Accept")
        guard !lines.isEmpty else { return type.type == "application" && type.subtype == "sdp" }
        for line in lines {
            for range in line.split(separator: ",") {
                guard let range = try? MediaType(reading: String(range)) else { return true }
                let isRefused = range.parameters["q"].map { $0.allSatisfy { $0 == "0" || $0 == "." } } ?? false
                let isType = range.type == "*" || range.type == type.type
                if isType, range.subtype == "*" || range.subtype == type.subtype, !isRefused { return true }
            }
        }
        return false
    }

    /// Where requests of a dialog go that this one makes: its Contact, or its From when a client from before RFC 3261 sent no
    /// Contact (RFC 2543 §6.13); `nil` where there is none.
    public var remoteTarget: URI? {
        if let contact = contacts.first { return contact.uri }
        guard isFromBefore3261, header("Contact") == nil else { return nil }
        return from.uri
    }

    /// Whether the client is one of RFC 2543: no branch as RFC 3261 makes them, and no From tag.
    private var isFromBefore3261: Bool {
        fromTag == nil && branch?.hasPrefix(ServerKey.magicCookie) != true
    }
}
