import Base

/// One UDP datagram.
public struct Datagram: Sendable, Equatable {
    public var bytes: [UInt8]
    public var source: SocketAddress
    public var destination: SocketAddress

    public init(_ bytes: [UInt8], from source: SocketAddress, to destination: SocketAddress) {
        self.bytes = bytes
        self.source = source
        self.destination = destination
    }

    public init(_ text: String, from source: SocketAddress, to destination: SocketAddress) {
        self.init(Array(text.utf8), from: source, to: destination)
    }
}

/// Something with an address on the virtual network: it takes datagrams, and acts by itself when its deadline comes.
public protocol Host: AnyObject {
    /// When it next wants to be woken; `nil` for never. A deadline that has passed must move when woken.
    var nextDeadline: Instant? { get }
    /// Both return what it sends now.
    func receive(_ datagram: Datagram, at now: Instant) -> [Datagram]
    func wake(at now: Instant) -> [Datagram]
}

/// A network in virtual time: delay, loss, duplication and reordering by a seed, so that every run is the same.
public final class VirtualNetwork {
    /// How the network treats each datagram.
    public struct Conditions: Sendable, Equatable {
        /// One way, at least.
        public var delay: Duration = .milliseconds(1)
        /// Added by chance up to this much; more than the distance of two packets reorders them.
        public var jitter: Duration = .zero
        /// Chances from 0 to 1.
        public var loss = 0.0
        public var duplication = 0.0

        public init(delay: Duration = .milliseconds(1), jitter: Duration = .zero, loss: Double = 0, duplication: Double = 0) {
            self.delay = delay
            self.jitter = jitter
            self.loss = loss
            self.duplication = duplication
        }
    }

    /// A datagram that was sent, and what became of it.
    public struct Packet: Sendable {
        public var time: Instant
        public var datagram: Datagram
        public var isLost: Bool
    }

    public private(set) var now = Instant()
    public var conditions: Conditions
    /// Decides on single datagrams before chance does: `true` loses it. For stories about one lost packet.
    public var loses: ((Datagram) -> Bool)?
    /// Everything that was sent, in order.
    public private(set) var packets: [Packet] = []

    private var hosts: [SocketAddress: any Host] = [:]
    /// In the order of attachment, so that equal deadlines are always served in the same order.
    private var order: [SocketAddress] = []
    private var flying: [(time: Instant, number: Int, datagram: Datagram)] = []
    private var sent = 0
    private var random: RandomSource

    public init(seed: UInt64, conditions: Conditions = Conditions()) {
        random = RandomSource(seed: seed)
        self.conditions = conditions
    }

    /// Puts `host` at `address`; what was there before is gone.
    public func attach(_ host: any Host, at address: SocketAddress) {
        if hosts.updateValue(host, forKey: address) == nil { order.append(address) }
    }

    /// Unplugs what is at `address`: its datagrams fall on the floor and its time stands still.
    public func detach(_ address: SocketAddress) {
        hosts[address] = nil
        order.removeAll { $0 == address }
    }

    public func send(_ datagrams: [Datagram]) {
        for datagram in datagrams {
            let isLost = loses?(datagram) == true || chance(conditions.loss)
            packets.append(Packet(time: now, datagram: datagram, isLost: isLost))
            guard !isLost else { continue }
            launch(datagram)
            if chance(conditions.duplication) { launch(datagram) }
        }
    }

    /// When something happens next: a datagram arrives or a host wakes.
    public var nextDeadline: Instant? {
        let wake = order.lazy.compactMap { self.hosts[$0]?.nextDeadline }.min()
        return earliest(flying.first?.time, wake)
    }

    /// Lets `duration` pass, everything that is due in it in order of time.
    public func advance(by duration: Duration) {
        advance(to: now + duration)
    }

    /// Lets time pass until `condition` holds, at most for `duration`; says whether it holds.
    @discardableResult
    public func advance(atMost duration: Duration, until condition: () -> Bool) -> Bool {
        let end = now + duration
        while !condition() {
            guard let next = nextDeadline, next <= end else {
                now = end
                return condition()
            }
            step(at: next)
        }
        return true
    }

    private func advance(to end: Instant) {
        var steps = 0
        var last = now
        while let next = nextDeadline, next <= end {
            steps = next > last ? 0 : steps + 1
            last = max(next, last)
            precondition(steps < 100_000, "time stands still at \(now): a deadline does not move")
            step(at: next)
        }
        now = max(now, end)
    }

    private func step(at time: Instant) {
        now = max(now, time)
        if let first = flying.first, first.time <= now {
            flying.removeFirst()
            guard let host = hosts[first.datagram.destination] else { return }
            send(host.receive(first.datagram, at: now))
        } else if let address = order.first(where: { hosts[$0]?.nextDeadline.map { $0 <= now } == true }),
            let host = hosts[address]
        {
            send(host.wake(at: now))
        }
    }

    private func launch(_ datagram: Datagram) {
        let jitter = conditions.jitter.nanoseconds
        let extra = jitter > 0 ? Int64.random(in: 0...jitter, using: &random) : 0
        let time = now + conditions.delay + .nanoseconds(extra)
        sent += 1
        // Behind everything that arrives at the same time.
        let place = flying.firstIndex { $0.time > time } ?? flying.endIndex
        flying.insert((time, sent, datagram), at: place)
    }

    private func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }
}
