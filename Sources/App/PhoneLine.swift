import Base
import Intercom
import Runtime
import SIP
import Telephony

/// The house's telephone: the user agent, its socket and its look-ups.
actor PhoneLine {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    var agent: UserAgent
    /// `nil` when nothing is to go by UDP.
    private let socket: (any DatagramSocket)?
    let streams: StreamTransport
    let resolver: any NameResolver
    var searches: ServerSearches
    let localAddress: @Sendable (SocketAddress) -> IPAddress?
    private var mediaTimeout: Duration
    let log: Log
    private let alarm: Alarm

    /// Told on the Loop, outside any mutation of the user agent.
    private let onCall: @Sendable (CallID, CallEvent) -> Void
    private let onMedia: @Sendable (CallID, MediaSession?) -> Void
    private let onRegistration: @Sendable (String, RegistrationState) -> Void
    private let onEvent: @Sendable (HouseEvent) -> Void
    private let onStopped: @Sendable () -> Void

    /// What waits to be performed: performing may lead back here, and order is kept.
    private var outputs: [Output] = []
    private var isPerforming = false
    private var failedSends = 0
    /// Datagrams to ourselves that came back.
    private var datagramEchoes: UInt64 = 0
    /// How many probes came back.
    var echoes: UInt64 { socket == nil ? streams.echoes : datagramEchoes }
    private var nextText: UInt32 = 0

    init(
        loop: Loop, settings: UserAgentSettings, random: RandomSource, secrets: SecureRandom?, mediaTimeout: Duration,
        socket: (any DatagramSocket)?, streams: StreamTransport, resolver: any NameResolver,
        localAddress: @escaping @Sendable (SocketAddress) -> IPAddress?, log: Log,
        onCall: @escaping @Sendable (CallID, CallEvent) -> Void, onMedia: @escaping @Sendable (CallID, MediaSession?) -> Void,
        onRegistration: @escaping @Sendable (String, RegistrationState) -> Void,
        onEvent: @escaping @Sendable (HouseEvent) -> Void, onStopped: @escaping @Sendable () -> Void
    ) {
        self.loop = loop
        self.socket = socket
        self.streams = streams
        self.resolver = resolver
        self.localAddress = localAddress
        self.mediaTimeout = mediaTimeout
        self.log = log
        self.onCall = onCall
        self.onMedia = onMedia
        self.onRegistration = onRegistration
        self.onEvent = onEvent
        self.onStopped = onStopped
        var own = random
        searches = ServerSearches(
            spoken: socket == nil ? [.tcp, .tls] : Set(Transport.allCases), random: RandomSource(seed: own.next()))
        // What nonces are sealed with must not be found out from the tokens that everybody sees.
        var kernel = SystemRandomNumberGenerator()
        let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &kernel) }
        agent = UserAgent(settings: settings, random: random, nonceKey: key, secrets: secrets, at: loop.now)
        alarm = Alarm(on: loop)
    }

    func start() {
        alarm.handler = { [weak self] in self?.assumeIsolated { $0.wake() } }
        socket?.onReceive { [weak self] datagram in self?.assumeIsolated { $0.receive(datagram) } }
        streams.onEvent { [weak self] event in self?.assumeIsolated { $0.handle(event) } }
        perform(agent.start(at: loop.now))
    }

    func close() {
        alarm.set(at: nil)
        socket?.close()
        streams.close()
    }

    func command(_ command: Command) {
        perform(agent.perform(command, at: loop.now))
    }

    /// Places a call to a SIP URI as text; a text that is none ends the call at once.
    func call(_ call: CallID, uri: String, account: String?, ringTime: Duration) {
        do throws(ParseError) {
            command(.call(call, target: try URI(uri), account: account, ringTime: ringTime))
        } catch {
            onCall(call, .ended(CallEnd(.notFound, text: "\(error)")))
        }
    }

    /// Sends the call's peer on to a SIP URI as text.
    func sendText(_ text: String, uri: String, account: String?) {
        do throws(ParseError) {
            nextText &+= 1
            command(.message(MessageID(rawValue: nextText), target: try URI(uri), account: account, text: text))
        } catch {
            onEvent(HouseEvent("message-failed", [.init("peer", .text(uri)), .init("reason", .text("\(error)"))]))
        }
    }

    func transfer(_ call: CallID, uri: String) {
        do throws(ParseError) {
            command(.transfer(call, target: try URI(uri)))
        } catch {
            onCall(call, .transferFailed(status: nil, text: "\(error)"))
        }
    }

    func reconfigure(_ settings: UserAgentSettings, mediaTimeout: Duration) {
        self.mediaTimeout = mediaTimeout
        command(.reconfigure(settings))
    }

    /// The voice engine heard nothing from the peer for so long.
    func silent(_ call: CallID, seconds: Int) {
        if Duration.seconds(seconds) >= mediaTimeout { command(.mediaSilent(call)) }
    }

    /// Sends an empty datagram, which is nothing in SIP, from our socket to itself; without UDP it connects to where we listen. Whether
    /// it works at all is seen in `echoes`.
    func probe() {
        guard let socket else { return streams.probe() }
        try? socket.send([], to: socket.localAddress.ofOurselves, from: nil)
    }

    var snapshot: UserAgentSnapshot { agent.snapshot(at: loop.now) }

    private func wake() {
        perform(agent.wake(at: loop.now))
    }

    private func receive(_ datagram: Datagram) {
        if datagram.bytes.isEmpty, let socket, datagram.source == socket.localAddress.ofOurselves {
            datagramEchoes &+= 1
            return
        }
        perform(agent.receive(datagram.bytes, from: .udp(datagram.source), to: datagram.destination.address, at: loop.now))
    }

    func perform(_ more: [Output]) {
        outputs += more
        if !isPerforming {
            isPerforming = true
            var next = 0
            while next < outputs.count {
                perform(outputs[next])
                next += 1
            }
            outputs.removeAll(keepingCapacity: true)
            isPerforming = false
        }
        alarm.set(at: agent.nextDeadline)
    }

    private func perform(_ output: Output) {
        switch output {
        case .send(let bytes, let peer) where peer.transport != .udp:
            streams.send(bytes, to: peer)
        case .send(let bytes, let peer):
            guard let socket else {
                perform(agent.failed(peer, at: loop.now))
                return
            }
            do throws(SystemError) {
                try socket.send(bytes, to: peer.address, from: nil)
            } catch {
                failedSends += 1
                log.debug("sip-send-failed", ["to": peer, "error": error])
            }
        case .keepAlive(let hop, let interval): streams.keepAlive(hop, every: interval)
        case .resolve(let id, let target):
            locate(id, target)
        case .media(let call, let session): onMedia(call, session)
        case .call(let call, let event): onCall(call, event)
        case .registration(let account, let state): onRegistration(account, state)
        case .news(let news): onEvent(HouseEvent(news))
        case .event(let line): onEvent(HouseEvent(line.event, line.values.map { .init($0.0, .text($0.1)) }))
        case .log(let severity, let line): log.write(severity, line.event, texts: line.values)
        case .stopped: onStopped()
        }
    }

    func deliver(_ routes: [Route], to id: ResolutionID) {
        perform(agent.resolved(id, routes, at: loop.now))
    }
}
