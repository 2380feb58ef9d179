import Base

/// One media section: the `m=` line and what follows it, RFC 8866 §5.14.
public struct MediaDescription: Sendable, Equatable {
    /// `audio`, `video`, …
    public var kind: String
    /// 0: the stream is refused or ended (RFC 3264 §6, §8.2).
    public var port: UInt16
    /// `m=audio 49170/2`: how many port pairs; 1 nearly always.
    public var portCount: Int
    /// `RTP/AVP`, `RTP/SAVP`, `udptl`, …
    public var transport: String
    /// Payload types in order of preference, as text: other transports have other formats.
    public var formats: [String]
    public var connection: Connection?
    public var attributes: [Attribute]
    /// Lines without meaning here (`i b k`), as they were.
    public var otherLines: [Line]

    public init(
        kind: String, port: UInt16, portCount: Int = 1, transport: String = "RTP/AVP", formats: [String],
        connection: Connection? = nil, attributes: [Attribute] = [], otherLines: [Line] = []
    ) {
        self.kind = kind
        self.port = port
        self.portCount = portCount
        self.transport = transport
        self.formats = formats
        self.connection = connection
        self.attributes = attributes
        self.otherLines = otherLines
    }

    /// The formats that are RTP payload types, in order, each with its encoding: from `a=rtpmap`, else the static one.
    public var payloads: [Payload] {
        formats.compactMap { text in
            guard let type = UInt8(text), type < 128 else { return nil }
            if let map = attributes.rtpMap(of: type) { return Payload(type: type, encoding: map.encoding) }
            return Encoding.statically(type).map { Payload(type: type, encoding: $0) }
        }
    }

    /// The section refused: port 0, and the formats of the offer because the grammar wants one (RFC 3264 §6).
    public var refused: MediaDescription {
        MediaDescription(kind: kind, port: 0, transport: transport, formats: formats)
    }
}

/// An RTP payload type and what it stands for in this description.
public struct Payload: Sendable, Equatable {
    public var type: UInt8
    public var encoding: Encoding
}

/// The right side of an `a=rtpmap`: RFC 8866 §6.6. Names compare without case.
public struct Encoding: Sendable, CustomStringConvertible {
    public var name: String
    /// In Hz.
    public var clockRate: Int
    public var channels: Int

    public init(_ name: String, clockRate: Int, channels: Int = 1) {
        self.name = name
        self.clockRate = clockRate
        self.channels = channels
    }

    /// Payload types that need no `a=rtpmap` (RFC 3551 §6); only those that this phone speaks.
    static func statically(_ type: UInt8) -> Encoding? {
        Codec.allCases.first { $0.staticPayloadType == type }?.encoding
    }

    /// Keys: RFC 4733. The clock is that of the sound in the same stream (§2.1).
    static func telephoneEvent(_ clockRate: Int) -> Encoding { Encoding("telephone-event", clockRate: clockRate) }

    public var description: String { "\(name)/\(clockRate)" + (channels == 1 ? "" : "/\(channels)") }
}

extension Encoding: Equatable {
    public static func == (left: Encoding, right: Encoding) -> Bool {
        left.clockRate == right.clockRate && left.channels == right.channels && left.name.lowercased() == right.name.lowercased()
    }
}
