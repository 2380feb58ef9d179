import Base

/// The question where a URI's requests go to: what RFC 3263 §4 begins with.
public struct Locating: Hashable, Sendable {
    /// A name, or an address without brackets.
    public var host: String
    public var port: UInt16?
    /// What the URI asks for; `nil` leaves the choice to DNS.
    public var transport: Transport?
    /// `sips:`, so that nothing but TLS will do.
    public var isSecure: Bool

    public init(host: String, port: UInt16? = nil, transport: Transport? = nil, isSecure: Bool = false) {
        self.host = IPAddress(host).map { "\($0)" } ?? host
        self.port = port
        self.transport = transport
        self.isSecure = isSecure
    }

    public init(_ uri: URI) {
        self.init(
            host: uri.parameters["maddr"] ?? uri.host, port: uri.port, transport: uri.transport, isSecure: uri.scheme == "sips")
    }

    /// The very peer that a hop names.
    public init(_ hop: Hop) {
        self.init(host: "\(hop.address.address)", port: hop.address.port, transport: hop.transport)
    }

    /// The transport when DNS is not asked: of a `sips:` always TLS, else what was asked for, else UDP.
    public var plainTransport: Transport { isSecure ? .tls : transport ?? .udp }
}

extension URI {
    /// The `transport` parameter, if it names one that we speak.
    public var transport: Transport? { parameters["transport"].flatMap { Transport(name: $0) } }
}
