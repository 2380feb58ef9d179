import Base
import Certificates
import Glibc
import SIP
import Testing

@testable import Runtime

@Suite("SIP over streams, in virtual time: RFC 3261 §18, RFC 5626 §4.4.1")
struct StreamTransportTests {
    private let loop = Loop(reactor: VirtualReactor())
    private let network: VirtualStreams
    private let server = SocketAddress(.v4(0x0A00_0001), port: 5060)

    init() { network = VirtualStreams(on: loop, from: .v4(0x0A00_0009)) }

    private static func message(_ number: Int = 1, size: Int = 0) -> [UInt8] {
        Array("OPTIONS sip:\(number) SIP/2.0\r\nContent-Length: \(size)\r\n\r\n".utf8) + [UInt8](repeating: 0x61, count: size)
    }

    /// A transport and what it told, a line each.
    private func transport(
        tls: TLSSettings = TLSSettings(), _ change: (inout StreamLimits) -> Void = { _ in }
    ) -> (StreamTransport, Journal<String>) {
        var limits = StreamLimits()
        change(&limits)
        let journal = Journal<String>()
        let loop = loop
        let transport = StreamTransport(on: loop, network: network, tls: tls, limits: limits, random: RandomSource(seed: 1)) {
            switch $0 {
            case .message(let bytes, let hop, _):
                let text = String(decoding: bytes.prefix { $0 != 0x0D }, as: UTF8.self)
                journal.write("\(hop.transport) \(hop.address.address) \(text)")
            case .unframed(let error, _): journal.write("unframed: \(error.expected)")
            case .closed(_, let failure, let wasAccepted): journal.write("\(wasAccepted ? "accepted" : "made"): \(failure)")
            }
        }
        return (transport, journal)
    }

    /// A peer that sends bytes and hears some, and no more.
    private final class RawPeer: @unchecked Sendable {
        let stream: any ByteStream
        private(set) var heard: [UInt8] = []
        private(set) var isEnded = false

        init(_ stream: any ByteStream, opening: @escaping @Sendable (any ByteStream) -> Void = { _ in }) {
            self.stream = stream
            stream.onEvent { [weak self] event in
                switch event {
                case .opened: self.map { opening($0.stream) }
                case .received(let bytes): self?.heard += bytes
                case .ended: self?.isEnded = true
                case .writable: break
                }
            }
        }

        func send(_ bytes: [UInt8]) { _ = try? stream.send(bytes[...]) }
    }

    private func raw(from source: IPAddress = .v4(0x0A00_0009)) -> RawPeer {
        let peer = RawPeer(network.connect(to: server, from: source))
        loop.advance(by: .milliseconds(10))
        return peer
    }

    private func listening(_ change: (inout StreamLimits) -> Void = { _ in }) throws -> (StreamTransport, Journal<String>) {
        let (transport, journal) = transport(change)
        try transport.listen(.tcp, port: 5060, at: server.address)
        return (transport, journal)
    }

    @Test("A message makes a connection, later ones and answers take the same one")
    func reuse() throws {
        let (house, heard) = try listening()
        let (caller, answers) = transport()
        let hop = Hop(.tcp, server)
        caller.send(Self.message(1), to: hop)
        caller.send(Self.message(2), to: hop)
        loop.advance(by: .seconds(1))
        caller.send(Self.message(3), to: hop)
        loop.advance(by: .seconds(1))
        #expect(heard.entries == (1...3).map { "tcp 10.0.0.9 OPTIONS sip:\($0) SIP/2.0" })
        #expect(caller.figures.made == 1)
        house.send(Self.message(4), to: Hop(.tcp, SocketAddress(.v4(0x0A00_0009), port: 32_769)))
        loop.advance(by: .seconds(1))
        #expect(answers.entries == ["tcp 10.0.0.1 OPTIONS sip:4 SIP/2.0"])
        #expect(house.figures.made == 0)
        caller.close()
        loop.advance(by: .seconds(1))
        #expect(heard.entries.last == "accepted: the connection was ended")
        #expect(house.count == 0)
    }

    @Test("A connection that is refused, or never answered, is told once, and the next message tries again")
    func unreachable() throws {
        let (caller, heard) = transport()
        caller.send(Self.message(), to: Hop(.tcp, server))
        caller.send(Self.message(), to: Hop(.tcp, server))
        loop.advance(by: .seconds(1))
        #expect(heard.entries == ["made: connect 10.0.0.1:5060: Connection refused"])
        network.silent = [server]
        caller.send(Self.message(), to: Hop(.tcp, server))
        loop.advance(by: .seconds(4))
        #expect(heard.entries.count == 1)
        loop.advance(by: .seconds(2))
        #expect(heard.entries.dropFirst() == ["made: no connection in time"])
        #expect(caller.count == 0)
    }

    @Test("A message that trickles in is cut when it is not whole in time, however busy the sender is")
    func slowSender() throws {
        let (house, heard) = try listening()
        let peer = raw()
        let bytes = Self.message(size: 1000)
        for byte in bytes.prefix(40) {
            peer.send([byte])
            loop.advance(by: .milliseconds(300))
        }
        #expect(heard.entries == ["accepted: a message was not whole in time"])
        #expect(peer.isEnded)
        #expect(house.figures.cut == 1)
    }

    @Test("Each message has its time of its own: a slow but steady sender of whole ones is heard")
    func steadySender() throws {
        let (house, heard) = try listening()
        let peer = raw()
        let (first, second) = (Self.message(1), Self.message(2))
        peer.send(Array(first.prefix(20)))
        for part in [Array(first.dropFirst(20) + second.prefix(5)), Array(second.dropFirst(5))] {
            loop.advance(by: .seconds(8))
            peer.send(part)
        }
        loop.advance(by: .seconds(60))
        #expect(heard.entries.count == 2)
        #expect(house.count == 1)
    }

    @Test("Who connects and says nothing is cut, later than that who fell silent")
    func silence() throws {
        let (house, heard) = try listening()
        let (mute, talker) = (raw(), raw())
        talker.send(Self.message())
        loop.advance(by: .seconds(31))
        #expect(mute.isEnded)
        #expect(!talker.isEnded)
        loop.advance(by: .seconds(600))
        #expect(talker.isEnded)
        #expect(house.count == 0)
        #expect(heard.entries.count == 3)
    }

    @Test("What cannot be framed is told with its head, answered, and then the connection ends")
    func unframed() throws {
        let answer = Array("SIP/2.0 400 Bad Request\r\n\r\n".utf8)
        let box = Journal<StreamTransport>()
        let house = StreamTransport(on: loop, network: network, random: RandomSource(seed: 1)) { event in
            if case .unframed(let error, let hop) = event, !error.head.isEmpty { box.entries[0].send(answer, to: hop) }
        }
        box.write(house)
        try house.listen(.tcp, port: 5060, at: server.address)
        let peer = raw()
        peer.send(Array("OPTIONS sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n".utf8) + Self.message())
        loop.advance(by: .seconds(1))
        #expect(peer.heard == answer)
        #expect(peer.isEnded)
        #expect(house.figures.cut == 1)
    }

    @Test("Connections are bounded for each address and in total; the longest idle one makes room")
    func bounds() throws {
        let (house, heard) = try listening { limits in
            limits.accepted = 4
            limits.acceptedOfOneAddress = 2
        }
        let address = { (number: Int) in IPAddress.v4(0x0A00_0100 + UInt32(number)) }
        let first = (0..<3).map { _ in raw(from: address(1)) }
        #expect(first.map(\.isEnded) == [false, false, true])
        let others = (2..<5).map { raw(from: address($0)) }
        #expect(others.map(\.isEnded) == [false, false, true])
        #expect(house.figures.refused == 2)
        loop.advance(by: .seconds(5))
        for peer in first.dropFirst() + others { peer.send(Self.message()) }
        loop.advance(by: .seconds(10))
        let late = raw(from: address(9))
        #expect(!late.isEnded)
        #expect(first[0].isEnded)
        #expect(!first[1].isEnded)
        #expect(house.count == 4)
        #expect(heard.entries.last == "accepted: too many connections")
    }

    @Test("A peer that does not read costs a bounded queue, and is cut")
    func slowReader() throws {
        let (house, heard) = try listening { $0.queuedBytes = 10_000 }
        let peer = raw()
        peer.send(Self.message())
        loop.advance(by: .seconds(1))
        network.room = 0
        let hop = Hop(.tcp, peer.stream.localAddress ?? server)
        house.send(Self.message(size: 5_000), to: hop)
        loop.advance(by: .seconds(19))
        #expect(heard.entries.count == 1)
        loop.advance(by: .seconds(2))
        #expect(heard.entries.last == "accepted: the peer does not read what is sent")

        network.room = .max
        let second = raw()
        network.room = 0
        let secondHop = Hop(.tcp, second.stream.localAddress ?? server)
        for _ in 0..<3 { house.send(Self.message(size: 5_000), to: secondHop) }
        loop.advance(by: .milliseconds(10))
        #expect(heard.entries.filter { $0.hasSuffix("does not read what is sent") }.count == 2)
    }

    @Test("A message longer than the peer's window arrives whole")
    func window() throws {
        let (house, heard) = try listening()
        network.room = 1_000
        let (caller, _) = transport()
        caller.send(Self.message(1, size: 30_000), to: Hop(.tcp, server))
        caller.send(Self.message(2), to: Hop(.tcp, server))
        loop.advance(by: .seconds(5))
        #expect(heard.entries.count == 2)
        withExtendedLifetime(house) {}
    }

    @Test("A ping is answered by a pong")
    func pong() throws {
        let (house, _) = try listening()
        let peer = raw()
        peer.send(StreamKeepAlive.ping)
        loop.advance(by: .seconds(1))
        #expect(peer.heard == StreamKeepAlive.pong)
        withExtendedLifetime(house) {}
    }

    @Test("A connection that we made is pinged; once the peer has answered, its silence is a failure")
    func pings() throws {
        let (house, _) = try listening()
        let (caller, heard) = transport()
        caller.send(Self.message(), to: Hop(.tcp, server))
        loop.advance(by: .seconds(1_000))
        // The pings keep the other side from thinking that nobody is there.
        #expect(house.count == 1)
        #expect(heard.entries == [])
        network.room = 0
        loop.advance(by: .seconds(121))
        #expect(heard.entries == ["made: no answer to a keep-alive"])
    }

    @Test("Where the registrar says how often, pings go out as often, and the first that is not answered is the end")
    func agreedPings() throws {
        let (house, _) = try listening()
        let (caller, heard) = transport()
        caller.send(Self.message(), to: Hop(.tcp, server))
        loop.advance(by: .seconds(1))
        caller.keepAlive(Hop(.tcp, server), every: .seconds(20))
        network.room = 0
        loop.advance(by: .seconds(20))
        #expect(heard.entries.isEmpty)
        loop.advance(by: .seconds(10))
        #expect(heard.entries == ["made: no answer to a keep-alive"])
        withExtendedLifetime(house) {}
    }

    @Test("TLS over streams: messages pass, and a peer that does not shake hands is cut")
    func tls() throws {
        let authority = Certificate.authority()
        let own = Certificate(alternativeNames: "URI:sip:house.example", issuer: authority)
        var settings = TLSSettings()
        settings.certificates = own.certificate
        settings.key = own.key
        settings.authorities = authority.certificate
        let (house, heard) = transport(tls: settings)
        try house.listen(.tls, port: 5061, at: server.address)
        let (caller, answers) = transport(tls: settings)
        let secure = SocketAddress(server.address, port: 5061)
        caller.send(Self.message(7), to: Hop(.tls, secure, serverName: "house.example"))
        loop.advance(by: .seconds(1))
        #expect(heard.entries == ["tls 10.0.0.9 OPTIONS sip:7 SIP/2.0"])
        // Another name is another question to the same machine: no reuse.
        caller.send(Self.message(8), to: Hop(.tls, secure, serverName: "other.example"))
        loop.advance(by: .seconds(1))
        #expect(answers.entries == ["made: the certificate is for house.example, not for other.example"])
        // A way without a name is what a response or an in-dialog request knows.
        caller.send(Self.message(9), to: Hop(.tls, secure))
        loop.advance(by: .seconds(1))
        #expect(heard.entries.contains("tls 10.0.0.9 OPTIONS sip:9 SIP/2.0"))
        let mute = RawPeer(network.connect(to: secure, from: .v4(0x0A00_0042)))
        loop.advance(by: .seconds(11))
        #expect(mute.isEnded)
        #expect(heard.entries.last == "accepted: no TLS handshake in time")
    }

    @Test("Without a certificate nothing is listened for by TLS")
    func noCertificate() {
        let (house, _) = transport()
        #expect(throws: StreamFailure.tls(TLSError("a server needs a certificate and its key"))) {
            try house.listen(.tls, port: 5061)
        }
    }
}

@Suite("SIP over the kernel's TCP")
struct TCPTests {
    private let loop: Loop

    init() throws { loop = try Loop() }

    private func run(until isDone: @escaping @Sendable () -> Bool) {
        let loop = loop
        let poll = Alarm(on: loop)
        let end = loop.now + .seconds(5)
        poll.handler = { [unowned poll] in
            if isDone() || loop.now >= end { loop.stop() } else { poll.set(after: .milliseconds(2)) }
        }
        poll.set(after: .zero)
        loop.run()
        poll.set(at: nil)
    }

    private func transport(_ settings: TLSSettings = TLSSettings()) -> (StreamTransport, Journal<StreamTransport.Event>) {
        let journal = Journal<StreamTransport.Event>()
        let transport = StreamTransport(on: loop, network: TCPNetwork(on: loop), tls: settings, random: RandomSource(seed: 1)) {
            journal.write($0)
        }
        return (transport, journal)
    }

    private static let request =
        Array("OPTIONS sip:a SIP/2.0\r\nContent-Length: 60000\r\n\r\n".utf8) + [UInt8](repeating: 9, count: 60_000)
    private static let response = Array("SIP/2.0 200 OK\r\nl:0\r\n\r\n".utf8)

    @Test("Requests and their answers by TCP and TLS, IPv4 and IPv6", arguments: [Transport.tcp, .tls], [true, false])
    func exchange(transport: Transport, isIPv6: Bool) throws {
        let authority = Certificate.authority()
        let own = Certificate(alternativeNames: "DNS:localhost", issuer: authority)
        var settings = TLSSettings()
        settings.authorities = authority.certificate
        settings.certificates = own.certificate
        settings.key = own.key
        let address = isIPv6 ? IPAddress.v6(0, 1, zone: 0) : .loopback
        let (house, heard) = self.transport(settings)
        do { try house.listen(transport, port: 0, at: address) } catch { return }  // a kernel without IPv6
        let (caller, answers) = self.transport(settings)
        let hop = Hop(
            transport, try #require(house.localAddress(of: transport)), serverName: transport.isSecure ? "localhost" : nil)
        for _ in 0..<4 { caller.send(Self.request, to: hop) }
        run { heard.entries.count >= 4 }
        var sources: Set<Hop> = []
        for event in heard.entries {
            guard case .message(let bytes, let source, let local) = event else { continue }
            #expect(bytes == Self.request)
            #expect(local == address)
            sources.insert(source)
        }
        #expect(sources.count == 1)
        for source in sources { house.send(Self.response, to: source) }
        run { !answers.entries.isEmpty }
        guard case .message(let bytes, let source, _)? = answers.entries.first else {
            Issue.record("no answer: \(answers.entries)")
            return
        }
        #expect(bytes == Self.response)
        #expect(source == hop)
        caller.close()
        run { house.count == 0 }
        #expect(house.count == 0)
        house.close()
    }

    @Test("It hears itself where it listens, as often as it tries, and keeps no connection of that")
    func probe() throws {
        let (house, heard) = transport()
        house.probe()
        try house.listen(.tcp, port: 0)
        for count in 1...3 {
            house.probe()
            run { house.echoes >= count }
            #expect(house.echoes == count)
        }
        #expect(house.count == 0 && house.figures.accepted == 0 && heard.entries.isEmpty)
        house.close()
    }

    @Test("A port where nobody listens is a failure at once")
    func refused() throws {
        let (house, _) = transport()
        try house.listen(.tcp, port: 0, at: .loopback)
        let hop = Hop(.tcp, try #require(house.localAddress(of: .tcp)))
        house.close()
        let (caller, heard) = transport()
        caller.send(Self.request, to: hop)
        run { !heard.entries.isEmpty }
        guard case .closed(hop, .system(let error), false)? = heard.entries.first else {
            Issue.record("\(heard.entries)")
            return
        }
        #expect(error.code == ECONNREFUSED)
    }

    @Test("A taken port is an error that names it; a socket of both families takes IPv4 too")
    func ports() throws {
        let (house, heard) = transport()
        try house.listen(.tcp, port: 0)
        let bound = try #require(house.localAddress(of: .tcp))
        let (other, _) = transport()
        #expect(throws: StreamFailure.self) { try other.listen(.tcp, port: bound.port) }
        other.send(Self.request, to: Hop(.tcp, SocketAddress(.loopback, port: bound.port)))
        run { !heard.entries.isEmpty }
        guard case .message(_, let source, let local)? = heard.entries.first else {
            Issue.record("\(heard.entries)")
            return
        }
        #expect(source.address.address == .loopback)
        #expect(local == .loopback)
    }
}
