import Base
import Simulator
import Testing

/// Sends `count` numbered datagrams, one every 20 ms, and keeps what it gets.
private final class Counter: Host {
    let address: SocketAddress
    let peer: SocketAddress
    var left: Int
    var next = Instant()
    var received: [UInt8] = []
    var times: [Instant] = []

    init(_ address: SocketAddress, peer: SocketAddress, count: Int) {
        self.address = address
        self.peer = peer
        left = count
    }

    var nextDeadline: Instant? { left > 0 ? next : nil }

    func receive(_ datagram: Datagram, at now: Instant) -> [Datagram] {
        received += datagram.bytes
        times.append(now)
        return []
    }

    func wake(at now: Instant) -> [Datagram] {
        left -= 1
        next = now + .milliseconds(20)
        return [Datagram([UInt8(left)], from: address, to: peer)]
    }
}

@Suite("The virtual network")
struct VirtualNetworkTests {
    private let here = SocketAddress(.v4(1), port: 1)
    private let there = SocketAddress(.v4(2), port: 2)

    private func run(_ conditions: VirtualNetwork.Conditions, seed: UInt64 = 1) -> Counter {
        let network = VirtualNetwork(seed: seed, conditions: conditions)
        let receiver = Counter(there, peer: here, count: 0)
        network.attach(Counter(here, peer: there, count: 200), at: here)
        network.attach(receiver, at: there)
        network.advance(by: .seconds(10))
        return receiver
    }

    @Test("Without faults everything arrives once, in order, after the delay")
    func clean() {
        let receiver = run(.init(delay: .milliseconds(7)))
        #expect(receiver.received == Array((0..<200).reversed()))
        #expect(receiver.times.first == Instant() + .milliseconds(7))
        #expect(receiver.times.last == Instant() + .milliseconds(199 * 20 + 7))
    }

    @Test("Loss, duplication and reordering happen about as often as asked")
    func faults() {
        #expect((120...170).contains(run(.init(loss: 0.3)).received.count))
        #expect((230...270).contains(run(.init(duplication: 0.25)).received.count))
        let shaken = run(.init(jitter: .milliseconds(100))).received
        #expect(shaken.count == 200 && shaken != Array((0..<200).reversed()))
    }

    @Test("The same seed gives the same run, another seed another")
    func seeds() {
        let conditions = VirtualNetwork.Conditions(jitter: .milliseconds(50), loss: 0.2, duplication: 0.1)
        #expect(run(conditions, seed: 5).received == run(conditions, seed: 5).received)
        #expect(run(conditions, seed: 5).received != run(conditions, seed: 6).received)
    }

    @Test("A condition stops time where it became true")
    func untilCondition() {
        let network = VirtualNetwork(seed: 1)
        let receiver = Counter(there, peer: here, count: 0)
        network.attach(Counter(here, peer: there, count: 200), at: here)
        network.attach(receiver, at: there)
        #expect(network.advance(atMost: .seconds(5)) { receiver.received.count == 3 })
        #expect(network.now == Instant() + .milliseconds(41))
        #expect(!network.advance(atMost: .seconds(5)) { receiver.received.count == 1_000 })
        #expect(network.now == Instant() + .milliseconds(5_041))
    }
}
