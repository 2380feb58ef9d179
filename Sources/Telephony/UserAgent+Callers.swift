import Base
import SIP

/// Requests from addresses that nobody trusts: a password may let them in. RFC 3261 §22.2, RFC 8760 §2.3.
extension UserAgent {
    /// Whether the sender has proven that it may call; else it has been asked to, refused or ignored.
    mutating func admits(_ request: Message, from source: Hop, at now: Instant) -> Bool {
        let address = source.address.address
        switch request.method {
        case .ack, .cancel, .bye, .register:
            refuseStranger(request, from: source, at: now)
            return false
        case _ where settings.callers.isEmpty:
            refuseStranger(request, from: source, at: now)
            return false
        default: break
        }
        let isKnown = callers.server.knows(request, from: address, at: now)
        // Who has a nonce of ours is where it says it is; whoever has none must be asked, and that not too often.
        if isKnown {
            guard !callers.isPaused(address, at: now) else {
                counters.ignoredUntrusted += 1
                return false
            }
        } else {
            let isScanner = request.header("User-Agent").map(SourceGuard.isScanner) ?? false
            guard isPatient(with: source, isScanner: isScanner, at: now) else { return false }
        }
        let settings = settings
        let users = settings.callers.map { caller in
            (name: caller.credentials.username, password: caller.credentials.password, algorithms: caller.algorithms)
        }
        let verdict = callers.server.check(request, from: address, users: users, at: now) { settings.isOurs($0) }
        switch verdict {
        case .accepted(let name):
            callers.admit(address, at: now)
            counters.authenticated += 1
            log(.debug, "caller-authenticated", [("source", "\(source)"), ("name", name)])
            return true
        case .absent: challenge(request, from: source, isStale: false, at: now)
        case .stale: challenge(request, from: source, isStale: true, at: now)
        case .foreign: refuseStranger(request, from: source, at: now)
        case .wrong(let name):
            let (count, pause) = callers.fail(address, at: now)
            counters.wrongPasswords += 1
            // Somebody may have given the password for the name: only names that we know are told.
            let isName = settings.callers.contains { $0.credentials.username == name }
            let values = [
                ("source", "\(address)"), ("name", isName ? name : "unknown"), ("count", "\(count)"),
                ("seconds", "\(pause.milliseconds / 1000)"),
            ]
            outbox.append(.event(LogLine("password-wrong", values)))
            challenge(request, from: source, isStale: false, at: now)
        }
        return false
    }

    /// 401, of which nothing is remembered, and no longer than what it answers; with one challenge where more are too long.
    ///
    /// Whom From names has a say in what is offered: there are phones that give up at an algorithm that they do not know.
    private mutating func challenge(_ request: Message, from source: Hop, isStale: Bool, at now: Instant) {
        let name = request.from.uri.user
        let offered = settings.callers.first { $0.credentials.username == name }?.algorithms ?? ["SHA-256", "MD5"]
        for algorithms in [offered, Array(offered.prefix(1))] {
            var response = Response(to: request, from: source.address, status: 401, toTag: statelessTag(request))
            response.headers += callers.server.challenges(
                for: source.address.address, isStale: isStale, algorithms: algorithms, at: now, random: &random)
            let bytes = response.encoded()
            guard source.isReliable || bytes.count <= request.bytes.count else { continue }
            counters.challenged += 1
            send(bytes, to: request.answerHop(source: source))
            return
        }
        counters.ignoredUntrusted += 1
    }

    /// Whether a source is one that we talk to, or that gave a password lately: it is read though others use its address.
    func isAcquainted(_ address: IPAddress, at now: Instant) -> Bool {
        callers.isAdmitted(address, at: now) || calls.values.contains { $0.route?.remote.address.address == address }
    }

    /// Whether a datagram's response came from where our request went, or from somebody trusted.
    func isExpected(_ response: Message, from source: Hop) -> Bool {
        guard source.transport == .udp, let key = ClientKey(response: response),
            let (_, destination) = transactions.request(of: key)
        else { return true }
        let address = source.address.address
        return destination.address.address == address || trust.trusts(address)
    }
}
