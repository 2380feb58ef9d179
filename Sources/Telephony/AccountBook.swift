/// The accounts by what they are looked up by, so that finding one costs the same however many there are.
struct AccountBook: Sendable {
    private let accounts: [Account]
    private var names: [String: Int] = [:]
    /// By the user part of their addresses; those of one user in the order of the configuration.
    private var users: [String: [Int]] = [:]
    private var usernames: Set<String> = []
    /// By the hosts of their registrars and proxies.
    private var hosts: [String: [Int]] = [:]

    init(_ accounts: [Account]) {
        self.accounts = accounts
        for (index, account) in accounts.enumerated() {
            if names[account.name] == nil { names[account.name] = index }
            if let user = account.address.user { users[user, default: []].append(index) }
            if let username = account.credentials?.username { usernames.insert(username) }
            for host in Set(account.servers) { hosts[host, default: []].append(index) }
        }
    }

    func account(named name: String) -> Account? { names[name].map { accounts[$0] } }

    /// Whether an account is called so, at its address or for its server.
    func has(user: String) -> Bool { users[user] != nil || usernames.contains(user) }

    /// All hosts of registrars and proxies.
    var servers: Dictionary<String, [Int]>.Keys { hosts.keys }

    /// The account of `user` that has one of these hosts for a server; else the only one that has.
    func account(of user: String?, at servers: [String]) -> Account? {
        let named = user.flatMap { users[$0] } ?? []
        if let index = named.first(where: { index in accounts[index].servers.contains { servers.contains($0) } }) {
            return accounts[index]
        }
        let candidates = servers.compactMap { hosts[$0] }
        guard let first = candidates.first?.first, candidates.allSatisfy({ $0 == [first] }) else { return nil }
        return accounts[first]
    }
}

extension Account {
    /// The hosts that requests for it come from.
    var servers: [String] { [outboundProxy?.host, registrar?.host].compactMap { $0 } }
}
