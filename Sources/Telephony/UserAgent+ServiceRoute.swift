import SIP

/// The way that requests outside of a dialog take: by the account's proxy, and then as its registrar said. RFC 3608 §6.1.
extension UserAgent {
    /// The Route headers of a request of that account.
    func preloadedRoute(account name: String?) -> [HeaderField] {
        preloaded(name).map { HeaderField(name: "Route", value: $0.description) }
    }

    /// Where such a request goes first.
    func firstHop(account name: String?, to target: URI) -> URI { preloaded(name).first?.uri ?? target }

    private func preloaded(_ name: String?) -> [NameAddress] {
        let service = name.flatMap { registrationIDs[$0] }.flatMap { registrations[$0]?.serviceRoute } ?? []
        guard let proxy = account(named: name)?.outboundProxy else { return service }
        // Our proxy may have named itself: once is enough.
        if let first = service.first?.uri, first.host.lowercased() == proxy.host.lowercased(), first.port == proxy.port {
            return service
        }
        return [proxy.asRoute] + service
    }
}
