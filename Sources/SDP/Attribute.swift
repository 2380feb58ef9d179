/// One `a=` line: RFC 8866 §6. Known names are typed; a known name with a value out of its grammar is kept as `other`.
public enum Attribute: Sendable, Equatable {
    case rtpMap(RTPMap)
    /// Format parameters of a payload type, as text.
    case formatParameters(payloadType: UInt8, String)
    /// Milliseconds of sound in a packet: what the sender of the description likes, and bears at most.
    case packetTime(Int)
    case maximumPacketTime(Int)
    case direction(Direction)
    /// Where RTCP goes when not to the next port: RFC 3605.
    case rtcp(port: UInt16, Connection?)
    /// A key for encrypted sound: RFC 4568.
    /// RTCP on RTP's port (RFC 5761).
    case rtcpMux
    case crypto(CryptoAttribute)
    case other(name: String, value: String?)

    /// `a=rtpmap:101 telephone-event/8000`
    public struct RTPMap: Sendable, Equatable {
        public var payloadType: UInt8
        public var encoding: Encoding

        public init(payloadType: UInt8, encoding: Encoding) {
            self.payloadType = payloadType
            self.encoding = encoding
        }
    }
}

/// Who sends, seen by the one who wrote the description: RFC 8866 §6.7.
public enum Direction: String, Sendable, CaseIterable {
    case sendAndReceive = "sendrecv"
    case sendOnly = "sendonly"
    case receiveOnly = "recvonly"
    case inactive

    public init(sends: Bool, receives: Bool) {
        self = sends ? (receives ? .sendAndReceive : .sendOnly) : (receives ? .receiveOnly : .inactive)
    }

    public var sends: Bool { self == .sendAndReceive || self == .sendOnly }
    public var receives: Bool { self == .sendAndReceive || self == .receiveOnly }
}

extension Attribute: CustomStringConvertible {
    /// Reads what stands after `a=`.
    init(_ text: String) {
        let (name, value) = text.cut(at: ":")
        self = Self.typed(name, value) ?? .other(name: name, value: value)
    }

    private static func typed(_ name: String, _ value: String?) -> Attribute? {
        guard let value else {
            return name == "rtcp-mux" ? .rtcpMux : Direction(rawValue: name).map { .direction($0) }
        }
        switch name {
        case "rtpmap":
            return RTPMap(value).map { .rtpMap($0) }
        case "fmtp":
            let (type, parameters) = value.cut(at: " ")
            guard let type = UInt8(type), type < 128, let parameters else { return nil }
            return .formatParameters(payloadType: type, parameters)
        case "ptime":
            return Int(value).flatMap { (1...1000).contains($0) ? .packetTime($0) : nil }
        case "maxptime":
            return Int(value).flatMap { (1...1000).contains($0) ? .maximumPacketTime($0) : nil }
        case "rtcp":
            let words = value.split(separator: " ").map(String.init)
            guard let port = words.first.flatMap({ UInt16($0) }) else { return nil }
            if words.count == 1 { return .rtcp(port: port, nil) }
            guard words.count == 4 else { return nil }
            return .rtcp(port: port, Connection(networkType: words[1], addressType: words[2], address: words[3]))
        case "crypto":
            return CryptoAttribute(value).map { .crypto($0) }
        default:
            return nil
        }
    }

    /// What stands after `a=`: for the wire, keys included.
    public var description: String {
        switch self {
        case .rtpMap(let map): "rtpmap:\(map.payloadType) \(map.encoding)"
        case .formatParameters(let type, let text): "fmtp:\(type) \(text)"
        case .packetTime(let milliseconds): "ptime:\(milliseconds)"
        case .maximumPacketTime(let milliseconds): "maxptime:\(milliseconds)"
        case .direction(let direction): direction.rawValue
        case .rtcp(let port, nil): "rtcp:\(port)"
        case .rtcp(let port, let connection?): "rtcp:\(port) \(connection)"
        case .rtcpMux: "rtcp-mux"
        case .crypto(let line): "crypto:\(line.text)"
        case .other(let name, nil): name
        case .other(let name, let value?): "\(name):\(value)"
        }
    }
}

extension Attribute.RTPMap {
    /// Reads `101 telephone-event/8000` or `97 L16/44100/2`.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2, let type = UInt8(words[0]), type < 128 else { return nil }
        let parts = words[1].split(separator: "/", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), !parts[0].isEmpty, let rate = Int(parts[1]), rate > 0,
            let channels = parts.count == 3 ? Int(parts[2]) : 1, channels > 0
        else { return nil }
        self.init(payloadType: type, encoding: Encoding(String(parts[0]), clockRate: rate, channels: channels))
    }
}

extension Array<Attribute> {
    /// The last one counts when a sender contradicts itself.
    public var direction: Direction? {
        lazy.compactMap { if case .direction(let direction) = $0 { direction } else { nil } }.last
    }

    public var packetTime: Int? {
        lazy.compactMap { if case .packetTime(let time) = $0 { time } else { nil } }.first
    }

    public var maximumPacketTime: Int? {
        lazy.compactMap { if case .maximumPacketTime(let time) = $0 { time } else { nil } }.first
    }

    /// The RTCP port and address, when they are not the usual ones.
    public var rtcp: (port: UInt16, connection: Connection?)? {
        lazy.compactMap { if case .rtcp(let port, let connection) = $0 { (port, connection) } else { nil } }.first
    }

    public var multiplexesControl: Bool { contains(.rtcpMux) }

    public func rtpMap(of type: UInt8) -> Attribute.RTPMap? {
        lazy.compactMap { if case .rtpMap(let map) = $0, map.payloadType == type { map } else { nil } }.first
    }

    public func formatParameters(of type: UInt8) -> String? {
        lazy.compactMap { if case .formatParameters(type, let text) = $0 { text } else { nil } }.first
    }
}

extension String {
    /// The parts before and after the first `separator`; the second is `nil` when there is none.
    func cut(at separator: Character) -> (String, String?) {
        guard let index = firstIndex(of: separator) else { return (self, nil) }
        return (String(self[..<index]), String(self[self.index(after: index)...]))
    }
}
