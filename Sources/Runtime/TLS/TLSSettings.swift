/// What TLS needs from outside, as PEM texts.
public struct TLSSettings: Sendable, Equatable {
    public enum Version: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// Who we are: our certificate and those between it and its authority. Shown to callers, and to servers that ask.
    public var certificates: [UInt8]?
    public var key: [UInt8]?
    /// Whose certificates are believed; `nil` for the authorities of the system.
    public var authorities: [UInt8]?
    /// Nothing older is spoken. RFC 8996 ended TLS 1.0 and 1.1.
    public var minimum = Version.tls12

    public init() {}
}

/// Why TLS cannot be used, or a connection not be made: in words, for people.
public struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}
