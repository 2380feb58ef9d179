import Base
import SIP

/// An account's subscription to its mailbox: the subscriber of RFC 6665 §4.1, for the package of RFC 3842.
///
/// It lives as long as its account is registered, and is made anew when it is lost, later and later where that does not help.
struct Subscription: Sendable {
    enum State: Sendable, Equatable {
        case idle
        /// A SUBSCRIBE is on the wire.
        case requesting
        /// The notifier tells us what changes; the next SUBSCRIBE goes out at `refresh`.
        case active(refresh: Instant)
        /// It failed or was ended; a new one is asked for at `retry`.
        case waiting(retry: Instant)
        /// The notifier said never to ask again.
        case refused
    }

    enum Output: Sendable, Equatable {
        /// Send this, less Via, Contact and User-Agent.
        case send(Request)
        case report(MessageSummary)
        case log(Severity, LogLine)
    }

    let account: Account
    private(set) var state = State.idle
    private(set) var callID = ""
    private(set) var localTag = ""
    private(set) var summary: MessageSummary?
    private(set) var dialog: Dialog?
    private var request: Request?
    private var sequence: UInt32 = 0
    /// Timer N: a NOTIFY is due by then, or the subscription is none (§4.1.2.4).
    private var notifyLimit: Instant?
    private var minimumExpires: UInt32?
    private var authorization: Authorization
    private var failures = 0
    private var preloaded: [HeaderField] = []
    private var contact = ""

    init(_ account: Account) {
        self.account = account
        authorization = Authorization(account.credentials)
    }

    static let package = "message-summary"
    /// In seconds.
    private static let asked: UInt32 = 3600

    var nextDeadline: Instant? {
        switch state {
        case .active(let refresh): earliest(refresh, notifyLimit)
        case .waiting(let retry): retry
        case .idle, .requesting, .refused: nil
        }
    }

    func isAbout(_ message: Message) -> Bool { !callID.isEmpty && message.callID == callID && message.toTag == localTag }
}

// MARK: Events

extension Subscription {
    /// The account is registered: asks, unless that was done from this address already. `route` are the Route headers.
    mutating func start(
        route: [HeaderField], contact: String, at now: Instant, random: inout RandomSource
    ) -> [Output] {
        let hasMoved = self.contact != contact
        self.contact = contact
        preloaded = route
        switch state {
        case .idle: return begin(random: &random)
        case .active where hasMoved: return [ask(random: &random)]
        case .waiting where hasMoved: return begin(random: &random)
        default: return []
        }
    }

    mutating func receive(_ response: Message, at now: Instant, random: inout RandomSource) -> [Output] {
        guard let status = response.status, status >= 200, response.cseq.number == sequence, response.callID == callID else {
            return []
        }
        // A NOTIFY may have ended it already.
        guard state == .requesting else { return [] }
        switch status {
        case 200...299:
            return accept(response, at: now, random: &random)
        case 401, 407:
            guard let request else { return [] }
            let fields = authorization.answer(
                to: response, method: .subscribe, uri: request.uri, body: [], random: &random)
            guard let fields else { return pause(status, "wrong credentials", at: now, random: &random) }
            return [ask(credentials: fields, random: &random)]
        case 423:
            guard let minimum = response.minExpires, minimum > (minimumExpires ?? Self.asked), minimum <= 86_400 else { break }
            minimumExpires = minimum
            return [ask(random: &random)]
        case 481 where dialog != nil && failures == 0:
            failures = 1
            return begin(random: &random)
        default:
            break
        }
        return pause(status, response.reason, after: response.retryAfter, at: now, random: &random)
    }

    mutating func timedOut(at now: Instant, random: inout RandomSource) -> [Output] {
        guard state == .requesting else { return [] }
        return pause(nil, "no answer", at: now, random: &random)
    }

    /// A NOTIFY of this subscription; what it is answered with comes back beside what to do.
    mutating func notified(_ message: Message, at now: Instant, random: inout RandomSource) -> (status: Int, outputs: [Output]) {
        guard message.event?.name == Self.package else { return (489, []) }
        if var dialog {
            guard dialog.id.remoteTag == (message.fromTag ?? "") else { return (481, []) }  // another fork
            guard dialog.admit(message) else { return (500, []) }
            dialog.refreshTarget(by: message)
            self.dialog = dialog
        } else {
            // It overtook the 200 (§4.1.2.4).
            guard let dialog = Dialog(called: message, localTag: localTag, sequence: sequence) else { return (400, []) }
            self.dialog = dialog
        }
        var outputs: [Output] = []
        if !message.body.isEmpty {
            let type = message.contentType.map { "\($0.type)/\($0.subtype)" }
            guard type == MessageSummary.contentType else { return (415, []) }
            guard let summary = MessageSummary(body: message.body) else { return (400, []) }
            outputs += take(summary)
        }
        notifyLimit = nil
        failures = 0
        switch message.subscriptionState {
        case let told? where told.isTerminated:
            outputs += ended(told, at: now, random: &random)
        case let told?:
            if let expires = told.expires, case .active(let refresh) = state {
                state = .active(refresh: min(refresh, now + Self.refreshTime(expires, &random)))
            }
        case nil:
            break
        }
        return (200, outputs)
    }

    /// What the server says of the mailbox, within the subscription or without being asked.
    mutating func take(_ summary: MessageSummary) -> [Output] {
        guard summary != self.summary else { return [] }
        self.summary = summary
        return [.report(summary)]
    }

    mutating func wake(at now: Instant, random: inout RandomSource) -> [Output] {
        switch state {
        case .active where notifyLimit.map { $0 <= now } ?? false:
            return pause(nil, "no notification", at: now, random: &random)
        case .active(let refresh) where refresh <= now:
            return [ask(random: &random)]
        case .waiting(let retry) where retry <= now:
            return begin(random: &random)
        default:
            return []
        }
    }

    /// Ends the subscription at the notifier, if there is one.
    mutating func stop(random: inout RandomSource) -> [Output] {
        guard case .active = state, dialog != nil else { return [] }
        let output = ask(expires: 0, random: &random)
        state = .refused
        return [output]
    }
}

// MARK: What comes of an answer

extension Subscription {
    private mutating func begin(random: inout RandomSource) -> [Output] {
        callID = random.token(20)
        localTag = random.token(10)
        dialog = nil
        sequence = 0
        return [ask(random: &random)]
    }

    private mutating func ask(
        expires: UInt32? = nil, credentials: [HeaderField]? = nil, random: inout RandomSource
    ) -> Output {
        state = .requesting
        var request: Request
        if var dialog {
            request = dialog.request(.subscribe)
            self.dialog = dialog
            sequence = dialog.localSequence
        } else {
            sequence &+= 1
            var from = NameAddress(displayName: account.displayName, uri: account.address)
            from.tag = localTag
            request = Request(method: .subscribe, uri: account.address)
            request.headers.append(HeaderField(name: "Max-Forwards", value: "70"))
            request.headers += preloaded
            request.headers.append(HeaderField(name: "From", value: from.description))
            request.headers.append(HeaderField(name: "To", value: "<\(account.address)>"))
            request.headers.append(HeaderField(name: "Call-ID", value: callID))
            request.headers.append(HeaderField(name: "CSeq", value: "\(sequence) SUBSCRIBE"))
        }
        request.headers += [
            HeaderField(name: "Event", value: Self.package), HeaderField(name: "Accept", value: MessageSummary.contentType),
            HeaderField(name: "Expires", value: "\(expires ?? minimumExpires ?? Self.asked)"),
        ]
        let fields = credentials ?? authorization.headers(method: .subscribe, uri: request.uri, body: [], random: &random)
        request.headers += fields
        self.request = request
        return .send(request)
    }

    private mutating func accept(_ response: Message, at now: Instant, random: inout RandomSource) -> [Output] {
        authorization.succeeded()
        guard let request else { return [] }
        if dialog == nil, let from = try? NameAddress(request.headers.first { $0.name == "From" }?.value ?? "") {
            dialog = Dialog(caller: request, local: from, sequence: sequence, response: response)
            notifyLimit = now + TimerValues.timeout
        } else {
            dialog?.refreshTarget(by: response)
        }
        let granted = response.expires ?? minimumExpires ?? Self.asked
        guard granted > 0 else { return pause(response.status, "for no time", at: now, random: &random) }
        state = .active(refresh: now + Self.refreshTime(granted, &random))
        return []
    }

    /// The notifier ended it: §4.1.3 says when to ask again.
    private mutating func ended(_ told: SubscriptionState, at now: Instant, random: inout RandomSource) -> [Output] {
        guard case .terminated(let reason) = told.phase, state != .refused else { return [] }
        dialog = nil
        callID = ""
        switch reason {
        case "rejected", "noresource", "invariant":
            state = .refused
            return [.log(.notice, LogLine("mailbox-refused", [("account", account.name), ("reason", reason ?? "")]))]
        case "deactivated", "timeout":
            state = .waiting(retry: now + .seconds(1))
        default:
            let wait = told.retryAfter.map { Duration.seconds(min($0, 86_400)) }
            state = .waiting(retry: now + max(wait ?? .seconds(60), .seconds(1)))
        }
        return []
    }

    private mutating func pause(
        _ status: Int?, _ text: String, after seconds: UInt32? = nil, at now: Instant, random: inout RandomSource
    ) -> [Output] {
        authorization.succeeded()
        failures += 1
        minimumExpires = nil
        notifyLimit = nil
        dialog = nil
        callID = ""
        // What a person must repair is asked again each hour; what may heal by itself after a minute, then later and later.
        let isRefusal = status.map { (400...499).contains($0) && ![408, 423, 480, 481, 491].contains($0) } ?? false
        var wait = isRefusal ? Duration.seconds(3600) : .seconds(60) * (1 << min(failures - 1, 6))
        wait = wait * UInt32.random(in: 750...1000, using: &random) / 1000
        if let seconds { wait = max(wait, .seconds(min(seconds, 86_400))) }
        state = .waiting(retry: now + wait)
        let values = [("account", account.name), ("status", status.map { "\($0)" } ?? "none"), ("text", text)]
        return [.log(.notice, LogLine("mailbox-subscription-failed", values))]
    }

    /// Between half and nine tenths of what was granted.
    private static func refreshTime(_ granted: UInt32, _ random: inout RandomSource) -> Duration {
        let part = UInt32.random(in: 500...900, using: &random)
        return max(.seconds(min(granted, 86_400)) * part / 1000, .seconds(1))
    }
}

extension SubscriptionState {
    var isTerminated: Bool { if case .terminated = phase { true } else { false } }
}
