import Base
import SIP
import Telephony
import Testing

/// Some user agents on a network in virtual time, which delays, and if asked for loses, doubles and reorders.
struct World {
    /// One user agent and what it told its house.
    struct House {
        var agent: UserAgent
        var address: IPAddress
        var port: UInt16
        var outputs: [Output] = []

        var socket: SocketAddress { SocketAddress(address, port: port) }
    }

    struct Packet {
        var due: Instant
        var order: Int
        var from: SocketAddress
        var to: SocketAddress
        var transport: Transport
        var bytes: [UInt8]
    }

    var now = Instant()
    var houses: [House] = []
    var names: [String: [SocketAddress]] = [:]
    var random: RandomSource
    var delay: ClosedRange<Int64> = 5...5
    /// In percent.
    var loss = 0
    var doubling = 0
    /// Start lines and statuses in the order of sending, such as `0>1 INVITE`.
    var wire: [String] = []
    /// Where each of them went.
    var hops: [Hop] = []
    var packets: [Packet] = []
    /// Decides over each datagram; false drops it.
    var filter: (@Sendable (String, Message?) -> Bool)?
    /// Datagrams to nobody, for tests that play a peer by hand.
    var strays: [(to: SocketAddress, bytes: [UInt8])] = []
    private var order = 0

    init(seed: UInt64 = 1) {
        random = RandomSource(seed: seed)
    }

    /// Adds a user agent at 10.0.0.(index + 1), with four media ports.
    mutating func add(_ change: (inout UserAgentSettings) -> Void = { _ in }) {
        let index = houses.count
        var settings = UserAgentSettings()
        settings.port = 5060
        settings.localUser = "house\(index)"
        settings.trust.everyone = true
        settings.media.ports = [4000, 4002, 4004, 4006]
        change(&settings)
        let agent = UserAgent(
            settings: settings, random: RandomSource(seed: random.next()), secrets: Self.secrets(UInt8(index)), at: now)
        let address = IPAddress.v4(0x0A00_0001 + UInt32(index))
        houses.append(House(agent: agent, address: address, port: settings.port))
        let outputs = houses[index].agent.start(at: now)
        take(outputs, from: index)
    }

    /// Keys that differ from house to house and from suite to suite, and are no secret.
    static func secrets(_ house: UInt8) -> SecureRandom {
        SecureRandom { count in (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ count) &+ house } }
    }

    mutating func perform(_ index: Int, _ command: Command) {
        take(houses[index].agent.perform(command, at: now), from: index)
    }

    /// A datagram from outside, at once.
    @discardableResult
    mutating func inject(_ text: String, into index: Int, from source: SocketAddress = World.outsider) -> [Output] {
        let outputs = houses[index].agent.receive(wireForm(text), from: .udp(source), to: houses[index].address, at: now)
        take(outputs, from: index)
        return outputs
    }

    static let outsider = SocketAddress(.v4(0xC000_0201), port: 5060)

    mutating func take(_ outputs: [Output], from index: Int) {
        for output in outputs {
            switch output {
            case .send(let bytes, let to):
                send(bytes, from: index, to: to)
            case .resolve(let id, let target):
                let transport = target.plainTransport
                let numeric = IPAddress(target.host).map { [SocketAddress($0, port: target.port ?? transport.defaultPort)] }
                let found: [SocketAddress] = names[target.host] ?? numeric ?? []
                let routes = found.map { Route(remote: Hop(transport, $0), local: houses[index].address) }
                take(houses[index].agent.resolved(id, routes, at: now), from: index)
            default:
                houses[index].outputs.append(output)
            }
        }
    }

    private mutating func send(_ bytes: [UInt8], from index: Int, to hop: Hop) {
        let to = hop.address
        let message = try? Message(parsing: bytes)
        // A refusal of what nobody can read copies what is wrong.
        let start = String(decoding: bytes.prefix(11), as: UTF8.self)
        #expect(
            message != nil || STUNBinding.isSTUN(bytes) || ["SIP/2.0 400", "SIP/2.0 501", "SIP/2.0 505"].contains(start),
            "\(String(decoding: bytes, as: UTF8.self))")
        let peer = houses.firstIndex { $0.socket == to }
        let what = message.map { $0.isRequest ? $0.method.description : "\($0.status ?? 0) \($0.method)" } ?? "?"
        let line = "\(index)>\(peer.map { "\($0)" } ?? "\(to)") \(what)"
        wire.append(line)
        hops.append(hop)
        if let filter, !filter(line, message) { return }
        guard peer != nil else {
            strays.append((to, bytes))
            return
        }
        guard Int.random(in: 0..<100, using: &random) >= loss else { return }
        let copies = Int.random(in: 0..<100, using: &random) < doubling ? 2 : 1
        for _ in 0..<copies {
            order += 1
            let due = now + .milliseconds(Int64.random(in: delay, using: &random))
            packets.append(
                Packet(due: due, order: order, from: houses[index].socket, to: to, transport: hop.transport, bytes: bytes))
        }
    }

    /// The next thing that happens, if anything is to happen at all.
    var next: Instant? {
        var next = packets.map(\.due).min()
        for house in houses { next = earliest(next, house.agent.nextDeadline) }
        return next
    }

    mutating func advance(by duration: Duration) {
        let end = now + duration
        while let next, next <= end { step(to: next) }
        now = end
    }

    /// Until nothing is left to happen, or the limit.
    mutating func settle(limit: Duration = .seconds(600)) {
        let end = now + limit
        while let next, next <= end { step(to: next) }
    }

    private mutating func step(to next: Instant) {
        now = max(now, next)
        let due = packets.filter { $0.due <= now }.sorted { ($0.due, $0.order) < ($1.due, $1.order) }
        packets.removeAll { $0.due <= now }
        for packet in due {
            guard let index = houses.firstIndex(where: { $0.socket == packet.to }) else { continue }
            take(
                houses[index].agent.receive(
                    packet.bytes, from: Hop(packet.transport, packet.from), to: packet.to.address, at: now), from: index)
        }
        for index in houses.indices {
            if let deadline = houses[index].agent.nextDeadline, deadline <= now {
                take(houses[index].agent.wake(at: now), from: index)
            }
        }
    }

    // MARK: What happened

    func events(_ index: Int, _ call: CallID) -> [CallEvent] {
        houses[index].outputs.compactMap { if case .call(call, let event) = $0 { event } else { nil } }
    }

    func ends(_ index: Int, _ call: CallID) -> [CallEnd] {
        events(index, call).compactMap { if case .ended(let end) = $0 { end } else { nil } }
    }

    func sessions(_ index: Int, _ call: CallID) -> [MediaSession?] {
        houses[index].outputs.compactMap { output -> MediaSession?? in
            if case .media(call, let session) = output { .some(session) } else { nil }
        }
    }

    func registrations(_ index: Int) -> [RegistrationState] {
        houses[index].outputs.compactMap { if case .registration(_, let state) = $0 { state } else { nil } }
    }

    func incoming(_ index: Int) -> [(CallID, IncomingCall)] {
        houses[index].outputs.compactMap { output in
            if case .call(let id, .incoming(let call)) = output { (id, call) } else { nil }
        }
    }

    func snapshot(_ index: Int) -> UserAgentSnapshot { houses[index].agent.snapshot(at: now) }
}

let first = CallID.outgoing(1)
let second = CallID.outgoing(2)
let arrived = CallID.incoming(1)

func uri(_ text: String) -> URI {
    guard let uri = try? URI(text) else { preconditionFailure("a test's own URI: \(text)") }
    return uri
}

/// A message as tests write it, with line ends as the wire has them.
func wireForm(_ text: String) -> [UInt8] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    return Array(lines.utf8)
}

extension World {
    /// Two houses; the first calls the second, which rings.
    static func ringing(seed: UInt64 = 1, _ change: (inout UserAgentSettings) -> Void = { _ in }) -> World {
        var world = World(seed: seed)
        world.add(change)
        world.add(change)
        world.perform(0, .call(first, target: uri("sip:house1@10.0.0.2"), account: nil, ringTime: nil))
        world.advance(by: .milliseconds(20))
        world.perform(1, .ring(arrived))
        world.advance(by: .milliseconds(20))
        return world
    }

    /// Two houses that talk.
    static func talking(seed: UInt64 = 1, _ change: (inout UserAgentSettings) -> Void = { _ in }) -> World {
        var world = World.ringing(seed: seed, change)
        world.perform(1, .answer(arrived))
        world.advance(by: .milliseconds(100))
        return world
    }
}
