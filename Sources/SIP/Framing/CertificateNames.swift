import Base

/// Whom a certificate is for, and whether that is the SIP domain which was asked for: RFC 5922 §7.
public struct CertificateNames: Sendable, Equatable {
    /// Of subjectAltName, as they stand there.
    public var uris: [String]
    public var domains: [String]
    public var addresses: [IPAddress]
    /// Whether there is a subjectAltName at all; with one, the common name counts for nothing.
    public var hasAlternativeNames: Bool
    public var commonName: String?

    public init(
        uris: [String] = [], domains: [String] = [], addresses: [IPAddress] = [], hasAlternativeNames: Bool? = nil,
        commonName: String? = nil
    ) {
        self.uris = uris
        self.domains = domains
        self.addresses = addresses
        self.hasAlternativeNames = hasAlternativeNames ?? !(uris.isEmpty && domains.isEmpty && addresses.isEmpty)
        self.commonName = commonName
    }

    /// The SIP domains that it speaks for (§7.1): of `sip:` URIs, without those DNS names, without both the common name.
    public var identities: [String] {
        let hosts = uris.compactMap(Self.domain(ofURI:))
        if !hosts.isEmpty { return hosts }
        if hasAlternativeNames { return domains }
        return commonName.map { [$0] } ?? []
    }

    /// Whole names, no wildcards, without regard to case (§7.2). A peer named by its address must be named so in the certificate.
    public func match(_ name: String) -> Bool {
        if let address = IPAddress(name) {
            return addresses.contains(address) || uris.compactMap(Self.domain(ofURI:)).contains { IPAddress($0) == address }
        }
        let name = Self.canonical(name)
        return !name.isEmpty && !name.contains("*") && identities.contains { Self.canonical($0) == name }
    }

    /// Case does not count, nor does the dot at the end of a name that DNS gave.
    private static func canonical(_ name: String) -> String {
        let lower = name.lowercased()
        return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }

    /// The host of a `sip:` URI that names a domain and not a user; `sips:` is not meant (§7.1).
    private static func domain(ofURI text: String) -> String? {
        guard text.lowercased().hasPrefix("sip:"), !text.contains("@"), let uri = try? URI(text) else { return nil }
        return uri.host
    }

    /// For people.
    public var summary: String {
        let names = identities + addresses.map(\.description)
        return names.isEmpty ? "nobody" : names.joined(separator: ", ")
    }
}
