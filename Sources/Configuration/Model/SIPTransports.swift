extension HouseConfiguration {
    /// What carries SIP.
    public enum Transport: String, Sendable, CaseIterable {
        case udp, tcp, tls
    }

    /// What TLS shows and believes; PEM texts.
    public struct TLS: Sendable, Equatable {
        public enum Version: String, Sendable, CaseIterable {
            case tls12 = "1.2"
            case tls13 = "1.3"
        }

        /// Ours, and those between it and its authority.
        public var certificate: String?
        public var key: Secret?
        /// Whose certificates are believed; `nil` for the system's authorities.
        public var authorities: String?
        public var minimum = Version.tls12

        public init() {}
    }
}
