import Base
import SIP

/// One account's standing with its registrar: RFC 3261 §10, and RFC 3581 for learning the address that it sees us at.
///
/// It never gives up. What may heal by itself is tried again after seconds, then minutes; what a person must repair
/// (wrong password, unknown user) after many minutes, so that no registrar takes us for an attacker.
struct Registration: Sendable {
    enum State: Sendable, Equatable {
        case idle
        /// The registrar's addresses are being looked up.
        case resolving
        /// A REGISTER is on the wire.
        case requesting
        /// Calls reach us until `until`; the next REGISTER goes out at `refresh`.
        case registered(until: Instant, refresh: Instant)
        /// It failed; the next attempt is at `retry`.
        case waiting(retry: Instant)
        /// A REGISTER that takes our contact away is on the wire.
        case unregistering
        /// Nothing more will come.
        case unregistered
    }

    enum Output: Sendable, Equatable {
        case resolve
        /// Send this, less Via and User-Agent, this way.
        case send(Request, Route)
        /// Send this datagram there: STUN, to keep the way back open.
        case probe([UInt8], Hop)
        /// Ping over the connection as often as the registrar says; it answers pings.
        case keepAlive(Hop, every: Duration?)
        case report(RegistrationState)
        case log(Severity, LogLine)
    }

    let account: Account
    private(set) var state = State.idle
    /// Since when the registrar knows us without a break; `nil` when it does not.
    private(set) var expiry: Instant?
    /// Where the registrar sees our packets come from, when that is not where we think we are.
    private(set) var learnt: SocketAddress?
    private(set) var lastFailure: (status: Int?, text: String)?
    /// The way that our requests are to take, as the registrar said (RFC 3608), nearest first.
    private(set) var serviceRoute: [NameAddress] = []

    /// The registrar sends our calls by the connection that we registered over (RFC 5626 §4.2.1).
    private(set) var isOutbound = false
    /// Keeps the registrar's way to us open, by UDP.
    private var probe: FlowProbe?
    /// A proxy on the way cannot keep to RFC 5626 (439, §4.2.1): the next REGISTER does not ask for it.
    private var isOutboundRefused = false

    private let registrar: URI
    private let callID: String
    private let tag: String
    private var sequence: UInt32 = 0
    private var routes: [Route] = []
    private var attempt = 0
    private var contact: URI?
    /// A contact of ours that the registrar should forget.
    private var outdated: URI?
    private let port: UInt16
    private let securePort: UInt16
    private var advertised: IPAddress?
    private let instance: String?
    private var asked: Duration
    private var minimumExpires: UInt32?
    private var authorization: Authorization
    private var failures = 0
    private var rejections = 0
    private var hasRelearnt = false
    /// Since when it is registered, and how many connections in a row broke soon after.
    private var registeredAt: Instant?
    private var shortFlows = 0
    private static let shortFlow = Duration.seconds(30)

    /// `nil` for an account that has no registrar.
    init?(
        _ account: Account, port: UInt16, securePort: UInt16, advertised: IPAddress?, instance: String?,
        random: inout RandomSource
    ) {
        guard let registrar = account.registrar else { return nil }
        self.account = account
        self.registrar = registrar
        self.port = port
        self.securePort = securePort
        self.advertised = advertised
        self.instance = instance
        callID = random.token(20)
        tag = random.token(10)
        asked = account.expires
        authorization = Authorization(account.credentials)
    }

    /// Where REGISTER goes first.
    var nextHop: URI { account.outboundProxy ?? registrar }
    /// Where the last REGISTER went.
    var destination: Hop? { routes.isEmpty ? nil : routes[min(attempt, routes.count - 1)].remote }
    /// The way that the last REGISTER took.
    var route: Route? { routes.isEmpty ? nil : routes[min(attempt, routes.count - 1)] }
    /// The transaction id of the STUN request that was sent last.
    var probeID: [UInt8]? { probe?.binding.id }
    var isRegistered: Bool { expiry != nil }
    var isOver: Bool { state == .unregistered }
}

// MARK: Events

extension Registration {
    mutating func start() -> [Output] {
        state = .resolving
        return [.report(.registering), .resolve]
    }

    /// The addresses of `nextHop`; none when it was not found.
    mutating func resolved(_ found: [Route], at now: Instant, random: inout RandomSource) -> [Output] {
        guard state == .resolving else { return [] }
        if !found.isEmpty {
            routes = found
        } else if routes.isEmpty {
            return fail(nil, "no address for \(nextHop.host)", at: now, random: &random)
        }
        attempt = 0
        return register(at: now, random: &random)
    }

    mutating func receive(_ response: Message, at now: Instant, random: inout RandomSource) -> [Output] {
        guard let status = response.status, status >= 200, response.cseq.number == sequence else { return [] }
        if state == .unregistering { return finishUnregistering(response, random: &random) }
        guard state == .requesting else { return [] }
        switch status {
        case 200...299:
            return accept(response, at: now, random: &random)
        case 401, 407:
            return authenticate(response, at: now, random: &random)
        case 423:
            guard let minimum = response.minExpires, minimum > askedSeconds, minimumExpires == nil else { break }
            minimumExpires = minimum
            return register(at: now, random: &random)
        case 439 where !isOutboundRefused:
            isOutboundRefused = true
            return register(at: now, random: &random)
        case 503 where attempt + 1 < routes.count:
            attempt += 1
            return register(at: now, random: &random)
        default:
            break
        }
        return fail(status, response.reason, retryAfter: response.retryAfter, at: now, random: &random)
    }

    /// No answer at all.
    mutating func timedOut(at now: Instant, random: inout RandomSource) -> [Output] {
        if state == .unregistering { return finish() }
        guard state == .requesting else { return [] }
        if attempt + 1 < routes.count {
            attempt += 1
            return register(at: now, random: &random)
        }
        return fail(nil, "no answer from \(nextHop.host)", at: now, random: &random)
    }

    /// The connection that calls reach us by is gone, or could not be made: another way, or the same again (RFC 5626 §4.4).
    mutating func flowFailed(_ hop: Hop, at now: Instant, random: inout RandomSource) -> [Output] {
        guard case .registered = state, routes.indices.contains(attempt), routes[attempt].remote == hop else { return [] }
        probe = nil
        expiry = nil
        learnt = nil
        hasRelearnt = false
        // A server that ends each connection at once must not make us register without a pause (§4.5).
        let isShort = registeredAt.map { now - $0 < Self.shortFlow } ?? false
        shortFlows = isShort ? shortFlows + 1 : 0
        registeredAt = nil
        guard shortFlows > 1 else { return start() }
        let pause = Self.failurePause(shortFlows, &random)
        state = .waiting(retry: now + pause)
        return [.report(.failed(status: nil, text: "the connection broke again", retry: pause))]
    }

    /// We moved: what the registrar knows of us is wrong, however long it would have been good for.
    mutating func renew() -> [Output] {
        switch state {
        case .registered, .waiting, .requesting:
            probe = nil
            learnt = nil
            hasRelearnt = false
            isOutboundRefused = false
            return start()
        case .idle, .resolving, .unregistering, .unregistered:
            return []
        }
    }

    mutating func wake(at now: Instant, random: inout RandomSource) -> [Output] {
        if let output = probe?.wake(at: now, random: &random) { return follow(output, at: now, random: &random) }
        switch state {
        case .registered(_, let refresh) where refresh <= now:
            hasRelearnt = false
            state = .resolving
            return [.resolve]
        case .waiting(let retry) where retry <= now:
            return start()
        default:
            return []
        }
    }

    /// A datagram with the id of our STUN request came from the registrar.
    mutating func probed(_ bytes: [UInt8], at now: Instant, random: inout RandomSource) -> [Output] {
        guard let output = probe?.receive(bytes, at: now, random: &random) else { return [] }
        return follow(output, at: now, random: &random)
    }

    private mutating func follow(_ output: FlowProbe.Output, at now: Instant, random: inout RandomSource) -> [Output] {
        guard let hop = destination else { return [] }
        switch output {
        case .send(let bytes):
            return [.probe(bytes, hop)]
        case .failed(let why):
            let line = LogLine("flow-failed", [("account", account.name), ("registrar", "\(hop)"), ("why", why)])
            return [.log(.warning, line)] + flowFailed(hop, at: now, random: &random)
        }
    }

    /// Takes our contact away from the registrar, when it has it.
    mutating func stop(at now: Instant, random: inout RandomSource) -> [Output] {
        // A REGISTER on the wire may still be granted.
        guard expiry != nil || state == .requesting, contact != nil, !routes.isEmpty else { return finish() }
        state = .unregistering
        probe = nil
        authorization.succeeded()
        return [request(expires: 0, random: &random)]
    }

    var nextDeadline: Instant? {
        switch state {
        case .registered(_, let refresh): probe?.nextDeadline.map { min($0, refresh) } ?? refresh
        case .waiting(let retry): retry
        case .idle, .resolving, .requesting, .unregistering, .unregistered: nil
        }
    }
}

// MARK: What comes of an answer

extension Registration {
    private mutating func accept(_ response: Message, at now: Instant, random: inout RandomSource) -> [Output] {
        if !authorization.succeeded(response) {
            let values = [("account", account.name), ("status", "\(response.status ?? 0)")]
            return [.log(.warning, LogLine("server-unproven", values))] + granted(response, at: now, random: &random)
        }
        return granted(response, at: now, random: &random)
    }

    private mutating func granted(_ response: Message, at now: Instant, random: inout RandomSource) -> [Output] {
        failures = 0
        rejections = 0
        lastFailure = nil
        outdated = nil
        let own = response.contacts.first { address in
            guard let contact else { return false }
            return address.uri.host.lowercased() == contact.host.lowercased() && address.uri.user == contact.user
                && (address.uri.port ?? 5060) == (contact.port ?? 5060)
        }
        let granted = own?.parameters["expires"].flatMap(\.deltaSeconds) ?? response.expires ?? askedSeconds
        guard granted > 0 else {
            return fail(response.status, "registered for no time", at: now, random: &random)
        }
        minimumExpires = nil
        serviceRoute = response.addressList("Service-Route")
        isOutbound = instance != nil && response.require.contains("outbound")
        if let output = relearn(response, at: now, random: &random) { return [output] }
        let seconds = Duration.seconds(min(granted, 86_400))
        let part = Double(UInt32.random(in: 500...900, using: &random)) / 1000
        if registeredAt == nil || expiry == nil { registeredAt = now }
        expiry = now + seconds
        state = .registered(until: now + seconds, refresh: now + max(seconds * part, .seconds(1)))
        return [.report(.registered(expires: seconds))] + keepOpen(response, at: now, random: &random)
    }

    /// Sees to it that calls find the way back, as far as the registrar agreed to that or the configuration says that it does.
    private mutating func keepOpen(_ response: Message, at now: Instant, random: inout RandomSource) -> [Output] {
        guard let hop = destination else { return [] }
        let flowTimer = response.flowTimer.map { Duration.seconds(max($0, Self.shortestFlowTimer)) }
        guard hop.transport == .udp else { return isOutbound ? [.keepAlive(hop, every: flowTimer)] : [] }
        let isWanted = isOutbound || account.keepsAliveBySTUN
        if !isWanted {
            probe = nil
        } else if let probe, probe.nextDeadline != nil {
            self.probe = probe.adjusted(to: flowTimer)
        } else {
            probe = FlowProbe(flowTimer: flowTimer, at: now, random: &random)
        }
        return []
    }

    /// In seconds; what a registrar may ask for without our flooding it.
    private static let shortestFlowTimer: UInt32 = 5

    /// Registers again, once, when the registrar sees us elsewhere than the contact says.
    private mutating func relearn(_ response: Message, at now: Instant, random: inout RandomSource) -> Output? {
        guard advertised == nil, !isOutbound, !hasRelearnt, let via = response.topVia, let port = via.rport, port != 0,
            let contact,
            let address = IPAddress(via.received ?? via.host)
        else { return nil }
        let seen = SocketAddress(address, port: port)
        // By TCP we are seen at the port of this one connection; where we listen is the better contact, unless there is a NAT.
        let isSeenElsewhere = destination?.isReliable != true && (contact.port ?? 5060) != port
        guard IPAddress(contact.host) != address || isSeenElsewhere else { return nil }
        hasRelearnt = true
        learnt = seen
        expiry = expiry ?? now
        return request(expires: askedSeconds, random: &random)
    }

    private mutating func authenticate(_ response: Message, at now: Instant, random: inout RandomSource) -> [Output] {
        let fields = authorization.answer(to: response, method: .register, uri: registrar, body: [], random: &random)
        guard let fields else {
            return fail(
                response.status, account.credentials == nil ? "credentials needed" : "wrong credentials", at: now, random: &random
            )
        }
        return [request(expires: askedSeconds, credentials: fields, random: &random)]
    }

    private mutating func finishUnregistering(_ response: Message, random: inout RandomSource) -> [Output] {
        if response.status == 401 || response.status == 407,
            let fields = authorization.answer(to: response, method: .register, uri: registrar, body: [], random: &random)
        {
            return [request(expires: 0, credentials: fields, random: &random)]
        }
        return finish()
    }

    private mutating func finish() -> [Output] {
        guard state != .unregistered else { return [] }
        state = .unregistered
        expiry = nil
        return [.report(.unregistered)]
    }

    private mutating func fail(
        _ status: Int?, _ text: String, retryAfter: UInt32? = nil, at now: Instant, random: inout RandomSource
    ) -> [Output] {
        authorization.succeeded()
        minimumExpires = nil
        let isRejection = [401, 403, 404, 407, 410, 604].contains(status)
        if isRejection { rejections += 1 } else { failures += 1 }
        var delay = isRejection ? Self.rejectionPause(rejections, &random) : Self.failurePause(failures, &random)
        if let retryAfter { delay = max(delay, .seconds(min(retryAfter, 3600))) }
        if let expiry, expiry <= now { self.expiry = nil }
        if isRejection { expiry = nil }
        lastFailure = (status, text)
        state = .waiting(retry: now + delay)
        let values = [
            ("account", account.name), ("status", status.map { "\($0)" } ?? "none"), ("text", text),
            ("retry", "\(delay.milliseconds / 1000) s"),
        ]
        return [
            .log(isRejection ? .error : .warning, LogLine("registration-failed", values)),
            .report(.failed(status: status, text: text, retry: delay)),
        ]
    }

    /// 2 s, doubling to 4 min, times 0.5 to 1: after a power cut a whole street does not register at once.
    private static func failurePause(_ failures: Int, _ random: inout RandomSource) -> Duration {
        let longest = Duration.seconds(2) * (1 << min(max(failures - 1, 0), 7))
        return min(longest, .seconds(240)) * UInt32.random(in: 500...1000, using: &random) / 1000
    }

    /// 10 min, doubling to an hour, times 0.75 to 1.
    private static func rejectionPause(_ rejections: Int, _ random: inout RandomSource) -> Duration {
        let longest = Duration.seconds(600) * (1 << min(max(rejections - 1, 0), 3))
        return min(longest, .seconds(3600)) * UInt32.random(in: 750...1000, using: &random) / 1000
    }
}

// MARK: The request

extension Registration {
    private var askedSeconds: UInt32 {
        max(UInt32(clamping: asked.milliseconds / 1000), minimumExpires ?? 1)
    }

    private mutating func register(at now: Instant, random: inout RandomSource) -> [Output] {
        [request(expires: askedSeconds, random: &random)]
    }

    private mutating func request(expires: UInt32, credentials: [HeaderField]? = nil, random: inout RandomSource) -> Output {
        if state != .unregistering { state = .requesting }
        let route = routes[min(attempt, routes.count - 1)]
        let transport = route.remote.transport
        let here = learnt ?? SocketAddress(advertised ?? route.local, port: transport.isSecure ? securePort : port)
        let contact =
            state == .unregistering
            ? self.contact ?? contactURI(here, transport)
            : contactURI(here, transport)
        if expiry != nil, let old = self.contact, old != contact { outdated = old }  // we moved
        self.contact = contact
        sequence &+= 1
        var request = Request(method: .register, uri: registrar)
        request.headers.append(HeaderField(name: "Max-Forwards", value: "70"))
        if let proxy = account.outboundProxy {
            request.headers.append(HeaderField(name: "Route", value: proxy.asRoute.description))
        }
        var from = NameAddress(displayName: account.displayName, uri: account.address)
        request.headers.append(HeaderField(name: "To", value: from.description))
        from.tag = tag
        request.headers.append(HeaderField(name: "From", value: from.description))
        request.headers.append(HeaderField(name: "Call-ID", value: callID))
        request.headers.append(HeaderField(name: "CSeq", value: "\(sequence) REGISTER"))
        let isFlow = instance != nil && !isOutboundRefused
        let flow = isFlow ? instance.map { ";+sip.instance=\"<urn:uuid:\($0)>\";reg-id=1" } ?? "" : ""
        request.headers.append(HeaderField(name: "Contact", value: "<\(contact)>;expires=\(expires)\(flow)"))
        if let outdated, outdated != contact {
            request.headers.append(HeaderField(name: "Contact", value: "<\(outdated)>;expires=0"))
        }
        request.headers.append(HeaderField(name: "Expires", value: "\(expires)"))
        // Proxies on the way may ask that calls to here take the same way back (RFC 3327 §5.1).
        request.headers.append(HeaderField(name: "Supported", value: isFlow ? "path, outbound" : "path"))
        request.headers += credentials ?? authorization.headers(method: .register, uri: registrar, body: [], random: &random)
        return .send(request, route)
    }

    private func contactURI(_ here: SocketAddress, _ transport: Transport) -> URI {
        URI(contact: account.address.user, at: here, by: transport)
    }
}
