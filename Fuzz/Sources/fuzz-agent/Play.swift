import Base
import SIP
import Telephony

/// A user agent, a peer that it trusts, a registrar, and a stranger; what must hold whatever they do.
struct Play {
    static let peer = Hop.udp(SocketAddress(.v4(0x7F00_0002), port: 5060))
    static let registrar = Hop.udp(SocketAddress(.v4(0x7F00_0003), port: 5060))
    static let stranger = Hop.udp(SocketAddress(.v4(0xCB00_7109), port: 5060))
    static let connected = Hop(.tcp, SocketAddress(.v4(0x7F00_0002), port: 5060))

    var agent: UserAgent
    var now = Instant()
    var placed: UInt32 = 0
    /// Calls that the house was told of or placed, and those whose end it was told.
    var calls: [CallID] = []
    var ended: Set<CallID> = []
    /// What the agent sent, latest last; a bounded memory.
    var requests: [(message: Message, to: Hop)] = []
    var responses: [(message: Message, to: Hop)] = []
    /// The dialogs that the peer knows of, by what its requests in them must say.
    var dialogs: [PeerDialog] = []
    var sequence = 1
    var branch = 0

    init() {
        agent = UserAgent(settings: Play.settings(account: true), random: RandomSource(seed: 1), at: now)
        take(agent.start(at: now))
    }

    static func settings(account: Bool) -> UserAgentSettings {
        var settings = UserAgentSettings()
        settings.media.ports = [4_000, 4_002, 4_004]
        settings.trust.networks = [AddressRange(base: .v4(0x7F00_0000), prefixLength: 8)]
        settings.limits.ringTime = .seconds(40)
        settings.limits.callTime = .seconds(200)
        settings.obeysNotify = true
        if account, let address = try? URI("sip:door@127.0.0.3") {
            var account = Account(name: "pbx", address: address)
            account.registrar = address
            account.credentials = Credentials(username: "door", password: "secret")
            account.subscribesToMailbox = true
            settings.accounts = [account]
        }
        return settings
    }

    mutating func perform(_ step: UInt8, _ script: inout Script) {
        switch step % 10 {
        case 0: pass(.milliseconds(Int(script.next() ?? 0) * 20))
        case 1: pass(.seconds(Int(script.next() ?? 0)))
        case 2: place(&script)
        case 3: command(&script)
        case 4: answer(&script)
        case 5, 6: ask(&script)
        case 7: raw(&script)
        case 8: again(&script)
        default: shake(&script)
        }
        precondition(agent.snapshot(at: now).calls.count <= 4, "calls are bounded")
    }

    // MARK: Time

    /// Time passes, and the agent is woken whenever it wants to be.
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while let deadline = agent.nextDeadline, deadline <= end {
            now = max(now, deadline)
            take(agent.wake(at: now))
        }
        now = end
    }

    /// Nobody does anything more: each call ends, and nothing is left but the registration.
    mutating func finish() {
        take(agent.perform(.reconfigure(Play.settings(account: false)), at: now))
        pass(.seconds(1200))
        let snapshot = agent.snapshot(at: now)
        precondition(snapshot.calls.isEmpty, "every call ends")
        precondition(Set(calls) == ended, "every call's end is told")
        precondition(snapshot.transactions == 0, "every transaction ends")
        precondition(snapshot.lingeringCalls == 0, "every call is forgotten")
    }

    // MARK: The house

    mutating func place(_ script: inout Script) {
        placed += 1
        let targets = [
            "sip:peer@127.0.0.2", "sip:peer@127.0.0.2;transport=tcp", "tel:+4912", "sips:peer@127.0.0.2", "sip:x@nowhere",
        ]
        guard let text = script.pick(targets), let target = try? URI(text) else { return }
        let id = CallID.outgoing(placed)
        calls.append(id)
        let account = script.choice(3) == 0 ? "pbx" : nil
        take(agent.perform(.call(id, target: target, account: account, ringTime: nil), at: now))
    }

    mutating func command(_ script: inout Script) {
        guard let call = script.pick(Array(calls.suffix(4))) else { return }
        let commands: [Command] = [
            .ring(call), .answer(call), .reject(call, .busy), .hangUp(call, cause: .localHangUp), .hold(call), .resume(call),
            .sendInfoDigit(call, "5"), .mediaSilent(call),
            .transferTo(call, calls[0]),
            .message(
                MessageID(rawValue: UInt32(placed)), target: URI(user: "peer", host: "127.0.0.2"), account: "pbx", text: "x"),
        ]
        if let command = script.pick(commands) { take(agent.perform(command, at: now)) }
    }

    // MARK: What comes of it

    mutating func take(_ outputs: [Output]) {
        for output in outputs {
            switch output {
            case .send(let bytes, let hop): sent(bytes, to: hop)
            case .resolve(let id, let target): resolve(id, target)
            case .call(let call, let event): told(call, event)
            default: break
            }
        }
    }

    private mutating func told(_ call: CallID, _ event: CallEvent) {
        precondition(!ended.contains(call), "nothing comes after a call's end")
        switch event {
        case .incoming: calls.append(call)
        case .ended: ended.insert(call)
        default: break
        }
    }

    private mutating func resolve(_ id: ResolutionID, _ target: Locating) {
        let address = IPAddress(target.host)
        let transport = target.plainTransport
        let remote = address.map { SocketAddress($0, port: target.port ?? transport.defaultPort) }
        let routes = remote.map { [Route(remote: Hop(transport, $0), local: .loopback)] } ?? []
        take(agent.resolved(id, routes, at: now))
    }

    private mutating func sent(_ bytes: [UInt8], to hop: Hop) {
        guard let message = try? Message(parsing: bytes) else {
            // A refusal of what nobody can read copies what is wrong; strangers get none.
            let start = String(decoding: bytes.prefix(11), as: UTF8.self)
            precondition(["SIP/2.0 400", "SIP/2.0 501", "SIP/2.0 505"].contains(start), "what is sent can be read")
            precondition(hop.address.address != Play.stranger.address.address, "a stranger gets no malformed answer")
            return
        }
        if message.isRequest {
            precondition(hop.address.address != Play.stranger.address.address, "a stranger is asked nothing")
            requests.append((message, hop))
            if requests.count > 8 { requests.removeFirst() }
        } else {
            let isRefusal = (message.status ?? 0) >= 400
            precondition(hop.address.address != Play.stranger.address.address || isRefusal, "a stranger gets refusals only")
            responses.append((message, hop))
            if responses.count > 8 { responses.removeFirst() }
            if message.method == .invite, let tag = message.toTag { know(message, ourTag: message.fromTag, theirTag: tag) }
        }
    }
}
