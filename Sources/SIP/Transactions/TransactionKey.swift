import Base

/// What a response is matched by: the branch that we made up, and the method (RFC 3261 §17.1.3).
public struct ClientKey: Hashable, Sendable {
    public var branch: String
    public var method: Method

    public init(branch: String, method: Method) {
        self.branch = branch
        self.method = method
    }

    /// `nil` for a response without a branch: it can be no answer to anything of ours.
    public init?(response: Message) {
        guard let branch = response.branch else { return nil }
        self.init(branch: branch, method: response.cseq.method)
    }
}

/// What a request is matched by: branch, sent-by and method (RFC 3261 §17.2.3); an ACK has the key of its INVITE.
///
/// A client from before RFC 3261 has no unique branch: Call-ID, From tag and CSeq number stand in for it.
public struct ServerKey: Hashable, Sendable {
    public var branch: String
    public var sentBy: String
    public var port: UInt16
    public var method: Method

    /// `nil` without a Via: nobody could be answered.
    public init?(request: Message) {
        guard let via = request.topVia else { return nil }
        sentBy = via.host.lowercased()
        port = via.port ?? 5060
        method = request.method == .ack ? .invite : request.method
        if let branch = via.branch, branch.hasPrefix(Self.magicCookie), branch.utf8.count > Self.magicCookie.utf8.count {
            self.branch = branch
        } else {
            branch = "\(request.callID) \(request.fromTag ?? "") \(request.cseq.number)"
        }
    }

    /// The transaction that a CANCEL is about.
    public var cancelled: ServerKey {
        var key = self
        key.method = .invite
        return key
    }

    /// Every branch made after RFC 3261 begins with this.
    public static let magicCookie = "z9hG4bK"
}
