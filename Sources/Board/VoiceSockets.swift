import Base
import CLinux
import Glibc
import Media

/// The open pairs of RTP and RTCP ports. Opened by control at the start, then used by the audio thread alone.
///
/// The kernel's socket buffers are the queue: once per period the ports of calls are drained. Ports that no call uses
/// cost nothing; what came to them is thrown away when a call takes them. Nothing here allocates after `init`.
///
/// `@unchecked`: handed over once, before the audio thread starts; from then on that thread alone touches it.
public final class VoiceSockets: @unchecked Sendable {
    /// The even port of every pair; the index is what plans and packets call a port.
    public let ports: [UInt16]
    /// Packets that the kernel would not send.
    public private(set) var failedToSend: UInt64 = 0

    private let family: Int32
    private let pairs: UnsafeMutableBufferPointer<PortPair>
    private let vector = MessageVector(capacity: 32)
    /// One bit for each pair that a call uses.
    private var selected: UInt64 = 0
    private var periods: UInt = 0
    /// RTCP is rare and its arrival time is the kernel's, so that its ports are drained in every eighth period only.
    private static let controlInterval: UInt = 8

    public init(_ settings: VoiceSocketSettings) throws(VoiceSocketError) {
        guard (1...64).contains(settings.pairs) else { throw .pairs(settings.pairs) }
        let address = PortPair.usable(settings.address)
        var opened: [PortPair] = []
        do throws(VoiceSocketError) {
            switch settings.ports {
            case .ephemeral:
                while opened.count < settings.pairs { opened.append(try .openEphemeral(address)) }
            case .range(let range):
                opened = try Self.open(settings.pairs, in: range, at: address)
            }
        } catch {
            for pair in opened { pair.close() }
            throw error
        }
        family = address.isIPv6 ? AF_INET6 : AF_INET
        ports = opened.map(\.port)
        pairs = .allocate(capacity: opened.count)
        _ = pairs.initialize(from: opened)
    }

    private static func open(
        _ count: Int, in range: ClosedRange<UInt16>, at address: IPAddress
    ) throws(VoiceSocketError) -> [PortPair] {
        var opened: [PortPair] = []
        var code = EADDRINUSE
        var port = Int(range.lowerBound) + Int(range.lowerBound) % 2
        while opened.count < count, port < Int(range.upperBound) {
            do throws(VoiceSocketError) {
                opened.append(try .open(address, port: UInt16(port)))
            } catch {
                if case .socket(let reason) = error { code = reason }
            }
            port += 2
        }
        guard opened.count == count else {
            for pair in opened { pair.close() }
            throw .notEnoughPorts(range, wanted: count, opened: opened.count, code: code)
        }
        return opened
    }

    deinit {
        for pair in pairs { pair.close() }
        pairs.deallocate()
    }

    /// Which pairs calls use from now on, a bit each; what waits in newly taken ones is old and thrown away.
    public func select(_ mask: UInt64) {
        guard mask != selected else { return }
        let added = mask & ~selected
        for index in pairs.indices where added & 1 << UInt64(index) != 0 {
            discard(pairs[index].media)
            discard(pairs[index].control)
        }
        selected = mask
    }

    /// Takes in what arrived since the last period on the selected ports, as far as the batch has room.
    public func receive(into batch: PacketBatch) {
        periods &+= 1
        guard selected != 0 else { return }
        let drainsControl = periods % Self.controlInterval == 0
        for index in pairs.indices where selected & 1 << UInt64(index) != 0 {
            vector.receive(pairs[index].media, into: batch, port: index, isControl: false)
            if drainsControl { vector.receive(pairs[index].control, into: batch, port: index, isControl: true) }
        }
    }

    /// Sends all packets of the batch, in order, with as few calls to the kernel as there are runs of one socket.
    public func send(_ batch: PacketBatch) {
        var index = 0
        while index < batch.count {
            let entry = batch[index]
            var end = index + 1
            while end < batch.count, batch[end].port == entry.port, batch[end].isControl == entry.isControl { end += 1 }
            if pairs.indices.contains(entry.port) {
                let pair = pairs[entry.port]
                let sent = vector.send(batch, index..<end, by: entry.isControl ? pair.control : pair.media, family: family)
                failedToSend &+= UInt64(end - index - sent)
            }
            index = end
        }
    }

    private func discard(_ descriptor: Int32) {
        var byte: UInt8 = 0
        for _ in 0..<1024 where recv(descriptor, &byte, 1, 0) < 0 { return }
    }
}
