import Base

/// Whose requests are heard: by source address, for that is all that UDP proves, and only on networks that filter it.
struct TrustTable: Sendable {
    var policy: TrustPolicy
    /// The last good addresses of each host; a failed look-up forgets nothing.
    private var resolved: [String: [IPAddress]] = [:]
    private var addresses: Set<IPAddress> = []

    init(policy: TrustPolicy) {
        self.policy = policy
    }

    func trusts(_ address: IPAddress) -> Bool {
        policy.everyone || addresses.contains(address) || policy.networks.contains { $0.contains(address) }
    }

    /// The last good addresses of a host; an address stands for itself.
    func addresses(of host: String) -> [IPAddress] { resolved[host] ?? [] }

    /// The addresses of a host of the policy, a registrar or a proxy.
    mutating func learn(_ host: String, _ found: [IPAddress]) {
        guard !found.isEmpty, resolved[host] != found else { return }
        resolved[host] = found
        rebuild()
    }

    /// Forgets the hosts that the configuration no longer names.
    mutating func keep(only hosts: Set<String>) {
        resolved = resolved.filter { hosts.contains($0.key) }
        rebuild()
    }

    private mutating func rebuild() {
        addresses = Set(resolved.values.joined())
    }
}

extension AddressRange {
    /// Whether `address` lies in this network; zones are not compared. A prefix that is too long means the whole address.
    public func contains(_ address: IPAddress) -> Bool {
        func same(_ left: UInt64, _ right: UInt64, bits: Int) -> Bool {
            bits <= 0 || (left ^ right) >> (64 - UInt64(min(bits, 64))) == 0
        }
        switch (base, address) {
        case (.v4(let network), .v4(let value)):
            return same(UInt64(network) << 32, UInt64(value) << 32, bits: min(prefixLength, 32))
        case (.v6(let high, let low, _), .v6(let otherHigh, let otherLow, _)):
            return same(high, otherHigh, bits: prefixLength) && same(low, otherLow, bits: prefixLength - 64)
        default:
            return false
        }
    }
}
