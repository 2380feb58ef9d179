import Base
import SDP
import SIP

/// A SIP phone as one value: calls, registrations, and everybody else who asks. RFC 3261 §8, §10 to §15.
///
/// It does no input or output and reads no clock: datagrams, commands and the time go in, outputs come out, and
/// `nextDeadline` says when it wants to be woken. It is one value and not one a call, for a CANCEL may cross an answer, a fork
/// may answer twice, and a limit holds for all calls together.
///
/// The cost of a message does not grow with the number of calls.
public struct UserAgent: Sendable {
    var settings: UserAgentSettings { didSet { accountBook = AccountBook(settings.accounts) } }
    private(set) var accountBook: AccountBook
    var random: RandomSource
    /// Where keys come from; without it there are none.
    let secrets: SecureRandom?
    /// Room for a trusted exchange gone wild, and for no more than some tens of megabytes.
    var transactions = TransactionLayer(capacity: 16_384)
    var calls: [CallID: Call] = [:]
    /// Calls that are not over: what the limit counts.
    var liveCalls = 0
    /// By Call-ID and our tag, which is ours to make unique.
    var dialogs: [DialogHandle: CallID] = [:]
    /// INVITEs that ring here, for CANCEL.
    var ringing: [ServerKey: CallID] = [:]
    var clientOwners: [ClientKey: ClientOwner] = [:]
    var registrations: [RegistrationID: Registration] = [:]
    var registrationIDs: [String: RegistrationID] = [:]
    /// By the id of the STUN request that keeps its way open.
    var probes: [[UInt8]: RegistrationID] = [:]
    /// The mailboxes of registered accounts, as far as they are known.
    var mailboxes: [RegistrationID: Subscription] = [:]
    var watchers: [DialogHandle: Watcher] = [:]
    var loneRequests: [LoneRequest.ID: LoneRequest] = [:]
    var nextPublication: UInt32 = 0
    var collectors = Collectors()
    var lastCheckSync: Instant?
    var trust: TrustTable
    var sources = SourceGuard()
    var callers: Callers
    /// Servers that failed lately.
    var reachability = Reachability()
    var ports: PortPool
    var resolutions: [ResolutionID: Resolution] = [:]
    var deadlines = DeadlineQueue<Waiter>()
    var counters = Counters()
    /// The calls that took another's place, by the name that the house knows them by.
    var wireNames: [CallID: CallID] = [:]
    var nextSuccessor: UInt32 = 1
    var nextIncoming: UInt32 = 1
    var nextResolution: UInt64 = 1
    var nextRegistration: UInt32 = 1
    var isStarted = false
    var isStopping = false
    var isStopped = false
    /// Requests that went by TCP for their size, and addresses that do not take it.
    var enlarged: Set<ClientKey> = []
    var tcpRefusals: [SocketAddress: Instant] = [:]
    var outbox: [Output] = []
    /// What the transactions said while the call concerned was being changed.
    var deferred: [TransactionLayer.Output] = []

    struct DialogHandle: Hashable, Sendable, Comparable {
        var callID: String
        var localTag: String
        static func < (left: Self, right: Self) -> Bool { (left.callID, left.localTag) < (right.callID, right.localTag) }
    }

    struct RegistrationID: Hashable, Sendable, Comparable {
        var rawValue: UInt32
        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// Who gets the response to a request of ours.
    enum ClientOwner: Sendable, Equatable {
        case invite(CallID)
        case reinvite(CallID)
        case bye(CallID)
        case info(CallID)
        case prack(CallID)
        case update(CallID)
        case refer(CallID)
        case notify(CallID)
        case cancel(CallID)
        case registration(RegistrationID)
        case mailbox(RegistrationID)
        case watcher(DialogHandle)
        case loneRequest(LoneRequest.ID)

        var call: CallID? {
            switch self {
            case .invite(let id), .reinvite(let id), .bye(let id), .info(let id), .prack(let id), .update(let id), .refer(let id),
                .notify(let id), .cancel(let id):
                id
            case .registration, .mailbox, .watcher, .loneRequest: nil
            }
        }
    }

    /// What an address is looked up for.
    enum Resolution: Sendable, Equatable {
        case call(CallID)
        /// The way to a call's peer from where we are now.
        case move(CallID)
        case registration(RegistrationID)
        case loneRequest(LoneRequest.ID)
        case trust(String)
    }

    enum Waiter: Hashable, Sendable {
        case call(CallID)
        case registration(RegistrationID)
        case mailbox(RegistrationID)
        case watcher(DialogHandle)
        case trust
        case stop
    }

    /// `nonceKey`: 32 bytes that nobody can guess; without them they come from `random`, which is good enough for tests only.
    /// `secrets` is where keys for encrypted sound come from; without it there are none.
    public init(
        settings: UserAgentSettings, random: RandomSource, nonceKey: [UInt8]? = nil, secrets: SecureRandom? = nil,
        at now: Instant
    ) {
        self.settings = settings
        accountBook = AccountBook(settings.accounts)
        self.random = random
        self.secrets = secrets
        var other = random
        callers = Callers(key: nonceKey ?? Array(other.token(32).utf8))
        trust = TrustTable(policy: settings.trust)
        ports = PortPool(settings.media.ports)
    }

    /// When to call `wake` next; `nil` when only an event can change anything.
    public var nextDeadline: Instant? { earliest(transactions.nextDeadline, deadlines.next) }

    /// Registers the accounts and looks the trusted hosts up. Once.
    public mutating func start(at now: Instant) -> [Output] {
        guard !isStarted else { return [] }
        isStarted = true
        for account in settings.accounts { register(account, at: now) }
        refreshTrust(at: now)
        return drain(at: now)
    }

    /// A message came from `source` to our address `local`: a datagram, or what was cut out of a stream (RFC 3261 §18.3).
    public mutating func receive(_ bytes: [UInt8], from source: Hop, to local: IPAddress, at now: Instant) -> [Output] {
        take(bytes, from: source, to: local, at: now)
        return drain(at: now)
    }

    public mutating func perform(_ command: Command, at now: Instant) -> [Output] {
        carryOut(command, at: now)
        return drain(at: now)
    }

    /// The answer to `Output.resolve`: the ways there, best first, or none when it was not found.
    public mutating func resolved(_ id: ResolutionID, _ routes: [Route], at now: Instant) -> [Output] {
        let routes = ordered(routes, at: now)
        switch resolutions.removeValue(forKey: id) {
        case .call(let call): withCall(call, at: now) { agent, call in agent.resolved(&call, routes, at: now) }
        case .move(let call): withCall(call, at: now) { agent, call in agent.move(&call, to: routes, at: now) }
        case .registration(let registration): resolved(registration, routes, at: now)
        case .loneRequest(let id): resolved(id, routes, at: now)
        case .trust(let host): trust.learn(host, routes.map(\.remote.address.address))
        case nil: break
        }
        return drain(at: now)
    }

    /// No connection with `hop` could be made, or it broke: whoever waits for an answer over it waits no longer.
    public mutating func failed(_ hop: Hop, at now: Instant) -> [Output] {
        reachability.failed(hop, at: now)
        returnToDatagrams(hop, at: now)
        process(transactions.fail(hop), at: now)
        for id in registrations.keys.sorted() { flowFailed(id, hop, at: now) }
        return drain(at: now)
    }

    /// Our own addresses changed: registers again from where we are now, and moves the calls that go on.
    public mutating func moved(at now: Instant) -> [Output] {
        refreshTrust(at: now)
        for id in registrations.keys.sorted() { renew(id, at: now) }
        for call in calls.values.sorted(by: { $0.id < $1.id }) where call.phase == .established {
            if let route = call.route { resolve(Locating(route.remote), for: .move(call.id)) }
        }
        return drain(at: now)
    }

    /// The time is at or after `nextDeadline`.
    public mutating func wake(at now: Instant) -> [Output] {
        process(transactions.wake(at: now), at: now)
        while let waiter = deadlines.popDue(at: now) {
            switch waiter {
            case .call(let id): withCall(id, at: now) { agent, call in agent.wake(&call, at: now) }
            case .registration(let id): wake(id, at: now)
            case .mailbox(let id): wakeMailbox(id, at: now)
            case .watcher(let handle): wakeWatcher(handle, at: now)
            case .trust: refreshTrust(at: now)
            case .stop: stopInHaste(at: now)
            }
        }
        return drain(at: now)
    }

    mutating func drain(at now: Instant) -> [Output] {
        while !deferred.isEmpty {
            let outputs = deferred
            deferred = []
            process(outputs, at: now)
        }
        tellWatchers(at: now)
        if isStopping { stopIfDone() }
        let outputs = outbox
        outbox = []
        return outputs
    }
}

extension UserAgent {
    /// Changes one call, and then sees to it that its deadline is right and that it is forgotten when nothing is left.
    ///
    /// While `body` runs the call is out of the table: nothing it calls may look it up.
    mutating func withCall(_ id: CallID, at now: Instant, _ body: (inout UserAgent, inout Call) -> Void) {
        guard var call = calls.removeValue(forKey: id) else { return }
        body(&self, &call)
        keep(call)
    }

    func callID(of message: Message, localTag: String?) -> CallID? {
        guard let localTag else { return nil }
        return dialogs[DialogHandle(callID: message.callID, localTag: localTag)]
    }

    mutating func keep(_ call: Call) {
        if call.isForgettable {
            deadlines.set(.call(call.id), nil)
            dialogs[DialogHandle(callID: call.callID, localTag: call.localTag)] = nil
        } else {
            deadlines.set(.call(call.id), call.nextDeadline)
            calls[call.id] = call
        }
    }

    mutating func log(_ severity: Severity, _ event: String, _ values: [(String, String)] = []) {
        outbox.append(.log(severity, LogLine(event, values)))
    }
}
