/// What the user agent counts since its start, for `portier state`.
public struct Counters: Sendable, Equatable {
    public var messagesIn: UInt64 = 0
    public var messagesOut: UInt64 = 0
    /// Datagrams that are no SIP message.
    public var parseErrors: UInt64 = 0
    /// Requests from sources that are not trusted.
    public var refusedUntrusted: UInt64 = 0
    /// Messages of such sources that got no answer at all, and of them those that were not even read.
    public var ignoredUntrusted: UInt64 = 0
    public var unread: UInt64 = 0
    /// Requests for a call of ours, from somewhere else than the call's peer, and responses from where no request went.
    public var spoofed: UInt64 = 0
    /// Strangers that were asked for a password, those that gave the right one, and wrong ones.
    public var challenged: UInt64 = 0
    public var authenticated: UInt64 = 0
    public var wrongPasswords: UInt64 = 0
    /// Responses that belong to no request of ours, and acknowledgements that belong to no call.
    public var strays: UInt64 = 0
    /// Requests refused for what they are: unknown method, missing extension, no dialog, …
    public var refused: UInt64 = 0
    /// Messages that we sent more than once.
    public var retransmissions: UInt64 = 0
    public var callsIn: UInt64 = 0
    public var callsOut: UInt64 = 0

    public init() {}
}
