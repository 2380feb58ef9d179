import Base

/// A session description: RFC 8866, as far as an audio phone reads it; what it does not read is kept as text.
public struct SessionDescription: Sendable, Equatable {
    public var origin: Origin
    /// The `s=` line; `-` when the sender has no name for the session.
    public var sessionName: String
    /// For every media section that has none of its own.
    public var connection: Connection?
    /// At least one; a description without `t=` is read as unbounded.
    public var times: [Timing]
    public var attributes: [Attribute]
    public var media: [MediaDescription]
    /// Lines without meaning here (`i u e p b r z k`), as they were.
    public var otherLines: [Line]

    public init(
        origin: Origin, sessionName: String = "-", connection: Connection? = nil, times: [Timing] = [.unbounded],
        attributes: [Attribute] = [], media: [MediaDescription] = [], otherLines: [Line] = []
    ) {
        self.origin = origin
        self.sessionName = sessionName
        self.connection = connection
        self.times = times
        self.attributes = attributes
        self.media = media
        self.otherLines = otherLines
    }

    /// Where the media of one section goes: its own `c=` line, else the session's.
    public func connection(of section: MediaDescription) -> Connection? {
        section.connection ?? connection
    }

    /// The direction of one section: its own attribute, else the session's, else `sendrecv` (RFC 8866 §6.7).
    public func direction(of section: MediaDescription) -> Direction {
        section.attributes.direction ?? attributes.direction ?? .sendAndReceive
    }
}

/// Who made the description, and which version of it this is: `o=`, RFC 8866 §5.2.
public struct Origin: Sendable, Equatable {
    public var username: String
    /// Digits of any length; kept as text because some phones overflow 64 bits.
    public var sessionID: String
    public var version: String
    public var address: Connection

    public init(username: String = "-", sessionID: String, version: String, address: Connection) {
        self.username = username
        self.sessionID = sessionID
        self.version = version
        self.address = address
    }
}

/// A network address as it stands in `c=` and `o=`: RFC 8866 §5.7.
public struct Connection: Sendable, Equatable {
    /// `IN` for the Internet.
    public var networkType: String
    /// `IP4` or `IP6`.
    public var addressType: String
    /// A number, a name, or with a multicast suffix such as `224.2.36.42/127`.
    public var address: String

    public init(networkType: String = "IN", addressType: String, address: String) {
        self.networkType = networkType
        self.addressType = addressType
        self.address = address
    }

    public init(_ address: IPAddress) {
        self.init(addressType: address.isIPv6 ? "IP6" : "IP4", address: address.description)
    }

    /// The address as a number; `nil` for names, multicast suffixes and other networks than the Internet.
    public var ipAddress: IPAddress? {
        guard networkType.uppercased() == "IN", let number = IPAddress(address) else { return nil }
        switch addressType.uppercased() {
        case "IP4": return number.isIPv6 ? nil : number
        case "IP6": return number.isIPv6 ? number : nil
        default: return nil
        }
    }
}

/// When the session is, in seconds since 1900: `t=`, RFC 8866 §5.9. Telephony always says `0 0`.
public struct Timing: Sendable, Equatable {
    public var start: UInt64
    public var stop: UInt64

    public static let unbounded = Timing(start: 0, stop: 0)

    public init(start: UInt64, stop: UInt64) {
        self.start = start
        self.stop = stop
    }
}

/// A line whose meaning is not needed: its type letter and its text.
public struct Line: Sendable, Equatable {
    public var type: Character
    public var text: String

    public init(_ type: Character, _ text: String) {
        self.type = type
        self.text = text
    }
}
