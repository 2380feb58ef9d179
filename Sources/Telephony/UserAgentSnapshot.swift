import Base
import SIP

/// What the user agent knows, for people; no secrets.
public struct UserAgentSnapshot: Sendable, Equatable {
    public struct Account: Sendable, Equatable {
        public var name: String
        public var address: String
        /// `registered`, `registering`, `failed`, `unregistered`, or `none` for an account without a registrar.
        public var state: String
        /// Of the registration; `nil` when there is none.
        public var remaining: Duration?
        /// Until the next attempt, after a failure.
        public var retry: Duration?
        public var failure: String?
        /// Where the registrar sees us, if not where we think we are.
        public var learntAddress: String?
        /// What its mailbox server told last.
        public var mailbox: MessageSummary?
    }

    public struct Call: Sendable, Equatable {
        public var id: CallID
        /// `resolving`, `calling`, `ringing` or `established`.
        public var state: String
        public var peer: String
        public var account: String?
        public var isOutgoing: Bool
        public var isHeld: Bool
        public var isHeldByPeer: Bool
        public var codec: String?
        /// The suite that the sound is encrypted by; `nil` for in the clear, or without sound.
        public var encryption: String?
        /// Since it was placed or came in, and since the answer.
        public var age: Duration
        public var talking: Duration?
    }

    public var accounts: [Account]
    public var calls: [Call]
    public var counters: Counters
    /// Transactions that are not over, and calls that only the wire still knows.
    public var transactions: Int
    public var lingeringCalls: Int
    /// Sources that nothing is read of for a while.
    public var blockedSources: Int
}

extension UserAgent {
    public func snapshot(at now: Instant) -> UserAgentSnapshot {
        var counters = counters
        counters.retransmissions += transactions.retransmissions
        return UserAgentSnapshot(
            accounts: settings.accounts.map { describe($0, at: now) },
            calls: calls.values.filter { !$0.isOver }.compactMap { $0.snapshot(at: now) }.sorted { $0.id < $1.id },
            counters: counters,
            transactions: transactions.count, lingeringCalls: calls.count - liveCalls,
            blockedSources: sources.blockedSources(at: now))
    }

    private func describe(_ account: Account, at now: Instant) -> UserAgentSnapshot.Account {
        let registration = registrationIDs[account.name].flatMap { registrations[$0] }
        var description = UserAgentSnapshot.Account(
            name: account.name, address: account.address.description, state: registration?.stateName ?? "none",
            learntAddress: registration?.learnt?.description)
        description.remaining = registration?.expiry.map { max($0 - now, .zero) }
        description.mailbox = registrationIDs[account.name].flatMap { mailboxes[$0]?.summary }
        if case .waiting(let retry)? = registration?.state { description.retry = max(retry - now, .zero) }
        description.failure = registration?.lastFailure.map { failure in
            (failure.status.map { "\($0) " } ?? "") + failure.text
        }
        return description
    }
}

extension Registration {
    fileprivate var stateName: String {
        switch state {
        case .idle, .unregistered: "unregistered"
        case .resolving, .requesting: isRegistered ? "registered" : "registering"
        case .registered: "registered"
        case .waiting: "failed"
        case .unregistering: "unregistering"
        }
    }
}

extension Call {
    /// `nil` for one that the house does not know.
    fileprivate func snapshot(at now: Instant) -> UserAgentSnapshot.Call? {
        guard let name else { return nil }
        let state =
            switch phase {
            case .resolving: "resolving"
            case .inviting: toldRinging == nil ? "calling" : "ringing"
            case .ringing: "ringing"
            case .established: "established"
            case .over: "over"
            }
        return UserAgentSnapshot.Call(
            id: name, state: state, peer: peer, account: account, isOutgoing: isOutgoing, isHeld: isHeld,
            isHeldByPeer: isHeldByPeer,
            codec: session?.codec.name, encryption: session?.keys?.suite.rawValue,
            age: now - startedAt, talking: answeredAt.map { now - $0 })
    }
}
