/// What carries a SIP message: RFC 3261 §18, §26.2.1.
public enum Transport: String, Sendable, Hashable, CaseIterable {
    case udp, tcp, tls

    /// The `transport` parameter of a URI, or the protocol of a Via, in any case.
    public init?(name: some StringProtocol) {
        self.init(rawValue: name.lowercased())
    }

    /// Whether what is sent arrives, once and in order, or the sender learns that it did not.
    public var isReliable: Bool { self != .udp }
    public var isSecure: Bool { self == .tls }

    /// As a Via writes it.
    public var viaName: String { rawValue.uppercased() }

    /// Where it is listened for when nobody says otherwise (§19.1.2).
    public var defaultPort: UInt16 { isSecure ? 5061 : 5060 }
}
