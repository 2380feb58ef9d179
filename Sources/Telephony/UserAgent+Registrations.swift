import Base
import SIP

/// The accounts' registrations, and the addresses that the house trusts.
extension UserAgent {
    mutating func register(_ account: Account, at now: Instant) {
        let id = RegistrationID(rawValue: nextRegistration)
        guard
            let registration = Registration(
                account, port: settings.port, securePort: settings.securePort, advertised: settings.advertisedAddress,
                instance: settings.instance, random: &random)
        else { return }
        nextRegistration &+= 1
        registrationIDs[account.name] = id
        registrations[id] = registration
        with(id) { registration, _ in registration.start() }
    }

    mutating func resolved(_ id: RegistrationID, _ routes: [Route], at now: Instant) {
        if let host = registrations[id]?.nextHop.host { trust.learn(host, routes.map(\.remote.address.address)) }
        with(id, at: now) { registration, random in registration.resolved(routes, at: now, random: &random) }
    }

    mutating func registrarAnswered(_ id: RegistrationID, _ response: Message, at now: Instant) {
        with(id, at: now) { registration, random in registration.receive(response, at: now, random: &random) }
    }

    mutating func registrarSilent(_ id: RegistrationID, at now: Instant) {
        if let hop = registrations[id]?.destination, !reachability.isInDoubt(hop, at: now) { reachability.failed(hop, at: now) }
        with(id, at: now) { registration, random in registration.timedOut(at: now, random: &random) }
    }

    /// Looks up and registers now, from where we are.
    mutating func renew(_ id: RegistrationID, at now: Instant) {
        with(id, at: now) { registration, _ in registration.renew() }
    }

    mutating func flowFailed(_ id: RegistrationID, _ hop: Hop, at now: Instant) {
        with(id, at: now) { registration, random in registration.flowFailed(hop, at: now, random: &random) }
    }

    mutating func wake(_ id: RegistrationID, at now: Instant) {
        with(id, at: now) { registration, random in registration.wake(at: now, random: &random) }
    }

    /// STUN came: the answer to what keeps a registrar's way to us open, or nothing that concerns us.
    mutating func takeSTUN(_ bytes: [UInt8], from source: Hop, at now: Instant) {
        guard let id = STUNBinding.transactionID(bytes).flatMap({ probes[$0] }), registrations[id]?.destination == source else {
            counters.strays += 1
            return
        }
        with(id, at: now) { registration, random in registration.probed(bytes, at: now, random: &random) }
    }

    /// Takes the account off its registrar; it is forgotten when that is done.
    mutating func unregister(_ id: RegistrationID, at now: Instant) {
        closeMailbox(id, at: now)
        with(id, at: now) { registration, random in registration.stop(at: now, random: &random) }
    }

    /// Forgets the account at once, without a word to the registrar.
    mutating func forget(_ id: RegistrationID) {
        guard let registration = registrations.removeValue(forKey: id) else { return }
        if registrationIDs[registration.account.name] == id { registrationIDs[registration.account.name] = nil }
        deadlines.set(.registration(id), nil)
        if let probe = registration.probeID { probes[probe] = nil }
        forgetMailbox(id)
    }

    private mutating func with(
        _ id: RegistrationID, at now: Instant = Instant(),
        _ body: (inout Registration, inout RandomSource) -> [Registration.Output]
    ) {
        guard var registration = registrations.removeValue(forKey: id) else { return }
        let probe = registration.probeID
        let outputs = body(&registration, &random)
        if registration.probeID != probe {
            if let probe { probes[probe] = nil }
            if let probe = registration.probeID { probes[probe] = id }
        }
        deadlines.set(.registration(id), registration.nextDeadline)
        registrations[id] = registration
        for output in outputs {
            switch output {
            case .resolve:
                resolve(Locating(registration.nextHop), for: .registration(id))
            case .send(let request, let route):
                transmit(request, over: route, owner: .registration(id), at: now)
            case .probe(let bytes, let hop):
                outbox.append(.send(bytes, to: hop))
            case .keepAlive(let hop, let interval):
                outbox.append(.keepAlive(hop, every: interval))
            case .report(let state):
                // One that was replaced reports nothing: the new one of that name speaks.
                guard registrationIDs[registration.account.name] == id else { break }
                outbox.append(.registration(account: registration.account.name, state))
                if case .registered = state { openMailbox(id, at: now) }
            case .log(let severity, let line):
                outbox.append(.log(severity, line))
            }
        }
        if registration.isOver { forget(id) }
    }

    // MARK: Trust

    /// How long an address that a name led to is believed.
    static let trustRefresh = Duration.seconds(300)

    mutating func refreshTrust(at now: Instant) {
        let hosts = Set(settings.trust.hosts + accountBook.servers)
        trust.keep(only: hosts)
        for host in hosts.sorted() {
            if let address = IPAddress(host) {
                trust.learn(host, [address])
            } else {
                resolve(Locating(host: host), for: .trust(host))
            }
        }
        deadlines.set(.trust, hosts.isEmpty ? nil : now + Self.trustRefresh)
    }
}
