import Base
import Glibc
import Testing

@testable import Runtime

@Suite("UDP socket")
struct UDPSocketTests {
    let loop: Loop

    init() throws { loop = try Loop() }

    /// Runs the Loop until `count` datagrams came, or two seconds passed.
    private func receive(_ count: Int, at socket: UDPSocket, while sending: () throws -> Void) rethrows -> [Datagram] {
        let journal = Journal<Datagram>()
        let loop = loop
        socket.onReceive { datagram in
            journal.write(datagram)
            if journal.entries.count == count { loop.stop() }
        }
        try sending()
        let limit = Alarm(on: loop) { loop.stop() }
        limit.set(after: .seconds(2))
        loop.run()
        limit.set(at: nil)
        return journal.entries
    }

    private func udp(_ address: IPAddress, capacity: Int = 65_535) throws -> UDPSocket {
        try UDPSocket(bindingTo: SocketAddress(address, port: 0), on: loop, capacity: capacity)
    }

    @Test("Port 0 becomes a real port, and a taken port is an error that names the address")
    func ports() throws {
        let socket = try udp(.loopback)
        #expect(socket.localAddress.port != 0)
        #expect(throws: SystemError("bind", "\(socket.localAddress)", code: EADDRINUSE)) {
            _ = try UDPSocket(bindingTo: socket.localAddress, on: loop)
        }
    }

    @Test("A datagram comes whole, with its source and the address of ours that it was sent to")
    func destination() throws {
        let receiver = try udp(.anyIPv4)
        let sender = try udp(.loopback)
        let target = IPAddress.v4(0x7F01_0203)
        let got = try receive(1, at: receiver) {
            try sender.send([1, 2, 3], to: SocketAddress(target, port: receiver.localAddress.port))
        }
        #expect(
            got == [
                Datagram(
                    bytes: [1, 2, 3], source: sender.localAddress,
                    destination: SocketAddress(target, port: receiver.localAddress.port))
            ])
    }

    @Test("The source address of a datagram is the sender's choice")
    func source() throws {
        let receiver = try udp(.loopback)
        let sender = try udp(.anyIPv4)
        let chosen = IPAddress.v4(0x7F00_0009)
        let got = try receive(1, at: receiver) { try sender.send([7], to: receiver.localAddress, from: chosen) }
        #expect(got.map(\.source) == [SocketAddress(chosen, port: sender.localAddress.port)])
    }

    @Test("A socket of both families sends to and receives from IPv4, and shows plain IPv4 addresses")
    func mapped() throws {
        guard let both = try? udp(.anyIPv6) else { return }  // a kernel without IPv6
        let plain = try udp(.loopback)
        let port = both.localAddress.port
        let got = try receive(1, at: both) { try plain.send([1], to: SocketAddress(.loopback, port: port)) }
        #expect(got.map(\.source) == [plain.localAddress])
        #expect(got.map(\.destination) == [SocketAddress(.loopback, port: port)])
        let chosen = IPAddress.v4(0x7F00_0005)
        let back = try receive(1, at: plain) { try both.send([2], to: plain.localAddress, from: chosen) }
        #expect(back.map(\.source) == [SocketAddress(chosen, port: port)])
    }

    @Test("IPv6 datagrams come with the address they were sent to")
    func v6() throws {
        let loopback = IPAddress.v6(0, 1, zone: 0)
        guard let receiver = try? udp(.anyIPv6), let sender = try? udp(loopback) else { return }  // a kernel without IPv6
        let target = SocketAddress(loopback, port: receiver.localAddress.port)
        let got = try receive(1, at: receiver) { try sender.send([6], to: target, from: loopback) }
        #expect(got == [Datagram(bytes: [6], source: sender.localAddress, destination: target)])
    }

    @Test("A datagram longer than the capacity is cut and says so; an empty one comes too")
    func truncated() throws {
        let receiver = try udp(.loopback, capacity: 4)
        let sender = try udp(.loopback)
        let got = try receive(2, at: receiver) {
            try sender.send([1, 2, 3, 4, 5], to: receiver.localAddress)
            try sender.send([], to: receiver.localAddress)
        }
        #expect(got.map(\.bytes) == [[1, 2, 3, 4], []])
        #expect(got.map(\.isTruncated) == [true, false])
    }

    @Test("A peer that is not there (ICMP port unreachable) does not stop later datagrams")
    func icmp() throws {
        let gone = try udp(.loopback)
        let nobody = gone.localAddress
        gone.close()
        let receiver = try udp(.loopback)
        let sender = try udp(.loopback)
        for _ in 0..<3 { try receiver.send([0], to: nobody) }
        let got = try receive(1, at: receiver) { try sender.send([1], to: receiver.localAddress) }
        #expect(got.map(\.bytes) == [[1]])
        try receiver.send([0], to: nobody)
    }

    @Test("What cannot be sent is an error: too long, no such source, closed")
    func unsendable() throws {
        let socket = try udp(.anyIPv4)
        let peer = try udp(.loopback).localAddress
        #expect(throws: SystemError("send", "\(peer)", code: EMSGSIZE)) {
            try socket.send(Array(repeating: 0, count: 70_000), to: peer)
        }
        #expect(throws: SystemError.self) { try socket.send([1], to: peer, from: .v4(0xC633_6401)) }
        socket.close()
        #expect(throws: SystemError("send", "\(peer)", code: EBADF)) { try socket.send([1], to: peer) }
    }

    @Test("A hundred datagrams at once all come, in order")
    func burst() throws {
        let receiver = try udp(.loopback)
        let sender = try udp(.loopback)
        let got = try receive(100, at: receiver) {
            for number: UInt8 in 0..<100 { try sender.send([number], to: receiver.localAddress) }
        }
        #expect(got.map(\.bytes) == (0..<100).map { [$0] })
    }

    @Test("A closed socket tells nothing, also when it closes in its own handler")
    func closing() throws {
        let receiver = try udp(.loopback)
        let sender = try udp(.loopback)
        let journal = Journal<[UInt8]>()
        receiver.onReceive { datagram in
            journal.write(datagram.bytes)
            receiver.close()
        }
        for number: UInt8 in 0..<3 { try sender.send([number], to: receiver.localAddress) }
        loop.settle()
        #expect(journal.entries == [[0]])
    }
}

@Suite("Routes")
struct RoutesTests {
    @Test("Loopback is reached from loopback, whatever the port")
    func loopback() {
        #expect(Routes.localAddress(to: SocketAddress(.loopback, port: 5060)) == .loopback)
        #expect(Routes.localAddress(to: SocketAddress(.loopback, port: 0)) == .loopback)
        #expect(Routes.localAddress(to: SocketAddress(.v4(0x7F00_0005), port: 9)) == .v4(0x7F00_0001))
    }
}
