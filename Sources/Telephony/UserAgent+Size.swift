import Base
import SIP

/// What is too large for a datagram goes by TCP: RFC 3261 §18.1.1.
extension UserAgent {
    /// In bytes, for a path whose MTU nobody knows.
    static let largestDatagram = 1_300
    /// How long an address that refused TCP is not asked for it again, and how many of them are kept in mind.
    static let refusalMemory = Duration.seconds(600)
    private static let mostRefusals = 64

    /// Which way a request takes: that which was meant, or by TCP for its size; its Via says so.
    mutating func carrier(of request: inout Request, _ key: ClientKey, meant: Hop, at now: Instant) -> Hop {
        var destination = meant
        if meant.transport == .udp, request.size > Self.largestDatagram, !refusesTCP(meant.address, at: now) {
            destination = Hop(.tcp, meant.address)
            enlarged.insert(key)
        }
        if destination.transport != .tls { request.setTransport(destination.transport) }
        return destination
    }

    private mutating func refusesTCP(_ address: SocketAddress, at now: Instant) -> Bool {
        guard let until = tcpRefusals[address] else { return false }
        if until > now { return true }
        tcpRefusals[address] = nil
        return false
    }

    /// No connection for what was too large: better a datagram that may be lost than nothing. The address is remembered.
    mutating func returnToDatagrams(_ hop: Hop, at now: Instant) {
        guard hop.transport == .tcp, !enlarged.isEmpty else { return }
        let concerned = enlarged.filter { transactions.request(of: $0)?.destination == hop }
        guard !concerned.isEmpty else { return }
        if tcpRefusals.count >= Self.mostRefusals { tcpRefusals.removeAll() }
        tcpRefusals[hop.address] = now + Self.refusalMemory
        for key in concerned {
            enlarged.remove(key)
            process(transactions.reroute(key, to: .udp(hop.address), at: now), at: now)
        }
    }
}
