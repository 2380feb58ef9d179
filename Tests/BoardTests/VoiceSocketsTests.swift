import Base
import CLinux
import Glibc
import Media
import Testing

@testable import Board

@Suite("RTP sockets (RFC 3550 §11)")
struct VoiceSocketsTests {
    private func sockets(_ address: IPAddress = .loopback, pairs: Int = 2) throws -> VoiceSockets {
        try VoiceSockets(VoiceSocketSettings(ports: .ephemeral, pairs: pairs, address: address))
    }

    private func packets(_ texts: [String], port: Int = 0, isControl: Bool = false, to peer: SocketAddress) -> PacketBatch {
        let batch = PacketBatch(capacity: 64)
        for text in texts { append(text, to: batch, port: port, isControl: isControl, peer: peer) }
        return batch
    }

    private func append(_ text: String, to batch: PacketBatch, port: Int, isControl: Bool, peer: SocketAddress) {
        batch.space(batch.count).copyBytes(from: text.utf8)
        batch.append(.init(port: port, isControl: isControl, peer: peer, time: Instant(), count: text.utf8.count))
    }

    private func texts(_ batch: PacketBatch) -> [String] {
        (0..<batch.count).map { String(decoding: batch.bytes($0), as: UTF8.self) }
    }

    @Test("Pairs are an even port and the odd one above it, all different")
    func pairs() throws {
        let ports = try sockets(pairs: 8).ports
        #expect(ports.count == 8 && Set(ports).count == 8)
        #expect(ports.allSatisfy { $0 % 2 == 0 && $0 > 0 })
    }

    @Test("A batch goes out in order and comes in with its peer and a time on the monotonic clock")
    func carries() throws {
        let (left, right) = (try sockets(), try sockets())
        right.select(0b10)
        let clock = KernelTime()
        let before = clock.now
        let sent = (0..<40).map { "packet \($0)" }
        left.send(packets(sent, to: SocketAddress(.loopback, port: right.ports[1])))
        let arrivals = PacketBatch(capacity: 64)
        right.receive(into: arrivals)
        right.receive(into: arrivals)
        #expect(texts(arrivals) == sent)
        for index in 0..<arrivals.count {
            let entry = arrivals[index]
            #expect(entry.port == 1 && !entry.isControl)
            #expect(entry.peer == SocketAddress(.loopback, port: left.ports[0]))
            #expect(entry.time > before - .milliseconds(1) && entry.time <= clock.now)
        }
        #expect(left.failedToSend == 0)
    }

    @Test("RTCP goes by the odd port both ways, and is taken in within eight periods")
    func control() throws {
        let (left, right) = (try sockets(), try sockets())
        right.select(1)
        let departures = packets(["report"], isControl: true, to: SocketAddress(.loopback, port: right.ports[0] + 1))
        append("speech", to: departures, port: 0, isControl: false, peer: SocketAddress(.loopback, port: right.ports[0]))
        left.send(departures)
        let arrivals = PacketBatch(capacity: 8)
        for _ in 0..<8 { right.receive(into: arrivals) }
        #expect(texts(arrivals).sorted() == ["report", "speech"])
        let report = try #require((0..<2).first { arrivals[$0].isControl })
        #expect(arrivals[report].peer.port == left.ports[0] + 1)
    }

    @Test("Ports without a call are not read, and what waited there is gone when a call takes them")
    func unselected() throws {
        let (left, right) = (try sockets(), try sockets())
        let target = SocketAddress(.loopback, port: right.ports[0])
        left.send(packets(["stale"], to: target))
        let arrivals = PacketBatch(capacity: 8)
        right.receive(into: arrivals)
        #expect(arrivals.count == 0)
        right.select(1)
        left.send(packets(["fresh"], to: target))
        right.receive(into: arrivals)
        #expect(texts(arrivals) == ["fresh"])
    }

    @Test("A full batch leaves the rest to the kernel until the next period")
    func full() throws {
        let (left, right) = (try sockets(), try sockets())
        right.select(1)
        left.send(packets(["a", "b", "c"], to: SocketAddress(.loopback, port: right.ports[0])))
        let arrivals = PacketBatch(capacity: 2)
        right.receive(into: arrivals)
        #expect(texts(arrivals) == ["a", "b"])
        arrivals.removeAll()
        right.receive(into: arrivals)
        #expect(texts(arrivals) == ["c"])
    }

    @Test("A packet longer than voice is cut at the batch's space")
    func long() throws {
        let (left, right) = (try sockets(), try sockets())
        right.select(1)
        let sender = try UDPSender(port: right.ports[0])
        sender.send([UInt8](repeating: 65, count: 3000))
        let arrivals = PacketBatch(capacity: 2)
        right.receive(into: arrivals)
        #expect(arrivals.count == 1)
        #expect(arrivals[0].count == PacketBatch.packetCapacity)
        withExtendedLifetime(left) {}
    }

    @Test("A packet that the kernel refuses costs only itself")
    func refused() throws {
        let (left, right) = (try sockets(), try sockets())
        right.select(1)
        let target = SocketAddress(.loopback, port: right.ports[0])
        let departures = packets(["first"], to: target)
        append("to port 0", to: departures, port: 0, isControl: false, peer: SocketAddress(.loopback, port: 0))
        append("IPv6", to: departures, port: 0, isControl: false, peer: SocketAddress(.v6(0, 1, zone: 0), port: 9))
        append("last", to: departures, port: 0, isControl: false, peer: target)
        left.send(departures)
        let arrivals = PacketBatch(capacity: 8)
        right.receive(into: arrivals)
        #expect(texts(arrivals) == ["first", "last"])
        #expect(left.failedToSend == 2)
    }

    @Test(
        "A socket for both families carries IPv4 as IPv4",
        .enabled(
            if: (try? VoiceSockets(
                VoiceSocketSettings(ports: .ephemeral, pairs: 1, address: .anyIPv6))) != nil))
    func bothFamilies() throws {
        let (left, right) = (try sockets(.anyIPv6, pairs: 1), try sockets(.anyIPv6, pairs: 1))
        right.select(1)
        left.send(packets(["v4"], to: SocketAddress(.loopback, port: right.ports[0])))
        left.send(packets(["v6"], to: SocketAddress(.v6(0, 1, zone: 0), port: right.ports[0])))
        let arrivals = PacketBatch(capacity: 8)
        right.receive(into: arrivals)
        #expect(texts(arrivals) == ["v4", "v6"])
        #expect(arrivals[0].peer == SocketAddress(.loopback, port: left.ports[0]))
        #expect(arrivals[1].peer == SocketAddress(.v6(0, 1, zone: 0), port: left.ports[0]))
    }

    @Test("Speech is marked for expedited forwarding (RFC 3246)")
    func marked() throws {
        let pair = try PortPair.openEphemeral(.loopback)
        defer { pair.close() }
        for descriptor in [pair.media, pair.control] {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, Int32(IPPROTO_IP), IP_TOS, &value, &length)
            #expect(value == 0xB8)
        }
    }

    @Test("A range passes over ports that others hold, and says when it is too small")
    func range() throws {
        let taken = try sockets(pairs: 1)
        let base = taken.ports[0]
        #expect(throws: VoiceSocketError.notEnoughPorts(base...base + 1, wanted: 1, opened: 0, code: EADDRINUSE)) {
            try VoiceSockets(VoiceSocketSettings(ports: .range(base...base + 1), pairs: 1, address: .loopback))
        }
        #expect(throws: VoiceSocketError.pairs(65)) { try sockets(pairs: 65) }
        #expect(throws: VoiceSocketError.notEnoughPorts(65_535...65_535, wanted: 1, opened: 0, code: EADDRINUSE)) {
            try VoiceSockets(VoiceSocketSettings(ports: .range(65_535...65_535), pairs: 1, address: .loopback))
        }
    }
}

/// A plain socket on loopback that sends to one port.
private final class UDPSender {
    private let descriptor: Int32
    private let port: UInt16

    init(port: UInt16) throws {
        self.port = port
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
