import Base
import SIP
import Telephony

/// The product's own user agent as a phone on the virtual network: a story drives one, and calls another.
public final class SimulatedPhone: Host {
    public let address: SocketAddress
    public private(set) var agent: UserAgent
    public private(set) var events: [(time: Instant, call: CallID, event: CallEvent)] = []
    public private(set) var registrations: [(time: Instant, account: String, state: RegistrationState)] = []
    public private(set) var news: [(time: Instant, news: News)] = []
    /// The sound of each call as it is now, and every change that was asked for.
    public private(set) var media: [CallID: MediaSession] = [:]
    public private(set) var mediaChanges: [(time: Instant, call: CallID, session: MediaSession?)] = []
    public private(set) var log: [(severity: Severity, line: LogLine)] = []
    public private(set) var isStopped = false
    /// What it does by itself when something happens.
    public var script: (SimulatedPhone, CallID, CallEvent) -> Void = { _, _, _ in }
    /// Hosts that have an address, and how long finding one takes.
    public var names: [String: [IPAddress]] = [:]
    public var lookUpTime: Duration = .milliseconds(5)

    private unowned let network: VirtualNetwork
    private var timers: [(time: Instant, action: () -> Void)] = []

    /// Attaches itself to the network and starts.
    public init(on network: VirtualNetwork, at address: SocketAddress, settings: UserAgentSettings, seed: UInt64 = 1) {
        self.network = network
        self.address = address
        var settings = settings
        settings.port = address.port
        agent = UserAgent(settings: settings, random: RandomSource(seed: seed), at: network.now)
        network.attach(self, at: address)
    }

    public func start() {
        perform(agent.start(at: network.now))
    }

    public func perform(_ command: Command) {
        perform(agent.perform(command, at: network.now))
    }

    public func after(_ delay: Duration, _ action: @escaping () -> Void) {
        let time = network.now + delay
        let place = timers.firstIndex { $0.time > time } ?? timers.endIndex
        timers.insert((time, action), at: place)
    }

    // MARK: What stories ask for

    public func events(of call: CallID) -> [CallEvent] {
        events.filter { $0.call == call }.map(\.event)
    }

    /// How the call ended; `nil` while it has not, and a failure of the product when it ended twice.
    public func end(of call: CallID) -> CallEnd? {
        let ends = events(of: call).compactMap { if case .ended(let end) = $0 { end } else { nil } }
        precondition(ends.count <= 1, "a call ended twice: \(ends)")
        return ends.first
    }

    public var incoming: [CallID] {
        events.compactMap { if case .incoming = $0.event { $0.call } else { nil } }
    }

    public var now: Instant { network.now }

    public var uri: URI {
        guard let uri = try? URI("sip:phone@\(address)") else { preconditionFailure("an address is a URI") }
        return uri
    }

    // MARK: Host

    public var nextDeadline: Instant? {
        earliest(agent.nextDeadline, timers.first?.time)
    }

    public func receive(_ datagram: Datagram, at now: Instant) -> [Datagram] {
        perform(agent.receive(datagram.bytes, from: .udp(datagram.source), to: address.address, at: now))
        return []
    }

    public func wake(at now: Instant) -> [Datagram] {
        while let first = timers.first, first.time <= now {
            timers.removeFirst()
            first.action()
        }
        if let deadline = agent.nextDeadline, deadline <= now { perform(agent.wake(at: now)) }
        return []
    }

    private func perform(_ outputs: [Output]) {
        for output in outputs {
            switch output {
            case .send(let bytes, let destination):
                network.send([Datagram(bytes, from: address, to: destination.address)])
            case .resolve(let id, let target):
                after(lookUpTime) { [self] in
                    let found = IPAddress(target.host).map { [$0] } ?? names[target.host] ?? []
                    let routes = found.map {
                        Route(remote: .udp(SocketAddress($0, port: target.port ?? 5060)), local: address.address)
                    }
                    perform(agent.resolved(id, routes, at: network.now))
                }
            case .keepAlive:
                break
            case .media(let call, let session):
                media[call] = session
                mediaChanges.append((network.now, call, session))
            case .call(let call, let event):
                precondition(end(of: call) == nil, "\(event) after the end of \(call)")
                events.append((network.now, call, event))
                script(self, call, event)
            case .registration(let account, let state):
                registrations.append((network.now, account, state))
            case .news(let told):
                news.append((network.now, told))
            case .event(let line):
                log.append((.notice, line))
            case .log(let severity, let line):
                log.append((severity, line))
            case .stopped:
                isStopped = true
            }
        }
    }
}
