import Base

/// The peer's audio section, as far as it can be used: an address to send to, payload types, direction.
struct PeerStream {
    let address: SocketAddress
    /// The same as `address` where RTP and RTCP share a port.
    let controlAddress: SocketAddress
    /// RFC 5761.
    let multiplexesControl: Bool
    let payloads: [Payload]
    /// Seen by the peer.
    let direction: Direction
    private let section: MediaDescription
    /// `RTP/SAVP`: the peer wants this stream encrypted or not at all.
    let isSecureProfile: Bool
    /// The keys that can be used.
    var crypto: [CryptoAttribute] { section.attributes.crypto }
    var mentionsCrypto: Bool { section.attributes.mentionsCrypto }
    var transport: String { section.transport }

    /// `nil` when the section is none, is refused, is not audio over RTP/AVP or RTP/SAVP, or has an address that `family` cannot reach.
    init?(_ description: SessionDescription, at index: Int, family: IPAddress) {
        guard description.media.indices.contains(index) else { return nil }
        let section = description.media[index]
        guard section.kind.lowercased() == "audio", section.port != 0,
            ["RTP/AVP", "RTP/SAVP"].contains(section.transport.uppercased()),
            let connection = description.connection(of: section), let number = connection.ipAddress,
            number.isUnspecified || (number.isIPv6 == family.isIPv6 && number.isUnicast)
        else { return nil }
        self.section = section
        isSecureProfile = section.transport.uppercased() == "RTP/SAVP"
        address = SocketAddress(number, port: section.port)
        payloads = section.payloads
        direction = description.direction(of: section)

        multiplexesControl = section.attributes.multiplexesControl
        // RFC 3605; without it the next port. An address that cannot be used falls back to the stream's.
        let usual = SocketAddress(number, port: section.port == .max ? section.port : section.port + 1)
        if multiplexesControl {
            controlAddress = address
        } else if let (port, connection) = section.attributes.rtcp, port != 0 {
            let other = connection?.ipAddress.flatMap { $0.isIPv6 == number.isIPv6 && $0.isUnicast ? $0 : nil }
            controlAddress = SocketAddress(number.isUnspecified ? number : other ?? number, port: port)
        } else {
            controlAddress = usual
        }
    }

    /// Whether the peer takes our sound now: `c=0.0.0.0` says no in the old style (RFC 3264 §8.4).
    var hears: Bool { direction.receives && !address.address.isUnspecified }

    /// The peer's first codec that is one of `formats`.
    func choice(of formats: [Codec]) -> (payload: Payload, codec: Codec)? {
        for payload in payloads {
            if let codec = Codec(payload.encoding), formats.contains(codec) { return (payload, codec) }
        }
        return nil
    }

    /// The payload type for keys beside `codec`: of the same clock (RFC 4733 §2.1), or else of 8000 Hz, which is all that many
    /// phones know even where they speak Opus.
    func event(beside codec: Codec) -> Payload? {
        event(clockRate: codec.clockRate) ?? event(clockRate: 8_000)
    }

    /// The payload type for keys if the peer takes all of 0 to 9, * and # (RFC 4733 §2.4.1: no list means 0-15).
    private func event(clockRate: Int) -> Payload? {
        payloads.first { payload in
            guard payload.encoding == .telephoneEvent(clockRate) else { return false }
            guard let text = section.attributes.formatParameters(of: payload.type) else { return true }
            let events = text.split(separator: ",").compactMap { part -> ClosedRange<Int>? in
                let ends = part.split(separator: "-").map { Int($0.filter { $0 != " " }) }
                guard let first = ends.first, let first, let last = ends.last, let last, first <= last else { return nil }
                return first...last
            }
            return (0...11).allSatisfy { key in events.contains { $0.contains(key) } }
        }
    }

    /// How the peer likes its Opus under this number.
    func opus(_ type: UInt8) -> OpusParameters {
        section.attributes.formatParameters(of: type).map { OpusParameters(parsing: $0) } ?? OpusParameters()
    }

    /// What to put into a packet to this peer: its `ptime` within its `maxptime`, as far as the codec can.
    func packetTime(_ payload: Payload, _ codec: Codec, preferring own: Duration) -> Duration {
        var wished = section.attributes.packetTime.map { Duration.milliseconds($0) } ?? own
        if codec == .opus { wished = max(wished, opus(payload.type).minimumPacketTime) }
        let most = section.attributes.maximumPacketTime.map { Duration.milliseconds($0) }
        return codec.packetTime(atMost: min(wished, most ?? wished))
    }
}

extension IPAddress {
    /// An address of one machine: no multicast, no broadcast.
    fileprivate var isUnicast: Bool {
        switch self {
        case .v4(let value): value >> 28 != 0xE && value != .max
        case .v6(let high, _, _): high >> 56 != 0xFF
        }
    }
}
