import Base

extension HouseConfiguration {
    /// What is allowed and not wise, a sentence each.
    public var warnings: [String] {
        var warnings: [String] = []
        for (name, account) in accounts.sorted(by: { $0.key < $1.key }) where (account.srtp ?? calls.srtp) == .required {
            let way = account.proxy ?? account.registrar ?? account.address
            if !Self.isSecret(way) { warnings.append(Self.warning("accounts.\(name) is called by \(way)")) }
        }
        guard calls.srtp == .required else { return warnings }
        for (name, entry) in phoneBook.sorted(by: { $0.key < $1.key }) where entry.account == nil {
            for target in entry.targets where !Self.isSecret(target) {
                warnings.append(Self.warning("phone_book.\(name) is called by \(target)"))
            }
        }
        return warnings
    }

    private static func warning(_ who: String) -> String {
        "\(who) without TLS, and the keys of its encrypted sound (srtp) can be read on the way; better sips: or ;transport=tls"
    }

    private static func isSecret(_ uri: String) -> Bool {
        let text = uri.lowercased()
        return text.hasPrefix("sips:") || text.contains(";transport=tls")
    }
}
