import Base

extension HouseReader {
    func readPhoneBook(_ file: inout TableReader) {
        for (name, source) in file.tables("phone_book") {
            var table = source
            define(.entry, name)
            let targets = table.list("targets", uri)
            if targets == nil, table.entry("targets") == nil {
                report.add(table.position, "\(table.path) has no targets", expected: "a list, each \(uri.expected)")
            } else if let entry = table.entry("targets"), case .list(let nodes) = entry.value.kind,
                !(1...16).contains(nodes.count)
            {
                report.add(entry.value.position, "\(table.path) has \(nodes.count) targets", expected: "1 to 16")
            }
            var entry = HouseConfiguration.PhoneBookEntry(targets: targets ?? [])
            if let order = table.value("order", .oneOf) as HouseConfiguration.PhoneBookEntry.Order? { entry.order = order }
            if let time = table.value("ring_time", .duration("1s", "10m")) { entry.ringTime = time }
            entry.account = reference("account", to: .account, in: &table)
            table.finish()
            house.phoneBook[name] = entry
            targetPositions[name] = table.position(of: "targets")
        }
    }

    func readAccounts(_ file: inout TableReader) {
        for (name, source) in file.tables("accounts") {
            var table = source
            define(.account, name)
            let address = table.required("address", uri)
            var account = HouseConfiguration.Account(address: address ?? "")
            account.registrar = table.value("registrar", uri)
            account.proxy = table.value("proxy", uri)
            account.username = table.value("username", .text)
            let password = table.value("password", .text, isSecret: true)
            account.password = (secretText("password", in: &table) ?? password).map { Secret($0) }
            if let expires = table.value("expires", .duration("30s", "24h")) { account.expires = expires }
            account.displayName = table.value("display_name", .text)
            if let isWanted = table.value("message_waiting", .boolean) { account.messageWaiting = isWanted }
            if let isWanted = table.value("stun_keep_alive", .boolean) { account.stunKeepAlive = isWanted }
            account.qualityReportsTo = table.value("quality_reports_to", collector)
            account.srtp = table.value("srtp", .oneOf)
            account.codecs = readCodecs(&table)
            account.inbandDTMF = table.value("inband_dtmf", .oneOf)
            if account.password != nil, account.username == nil {
                account.username = address.flatMap { SIPAddress(uri: $0)?.user }
                if account.username == nil, address != nil {
                    report.add(
                        table.position, "\(table.path) has a password but no user", expected: "username, or a user in address")
                }
            }
            table.finish()
            if address != nil { house.accounts[name] = account }
        }
    }

    func readAnswering(_ file: inout TableReader) {
        guard var table = file.table("answering") else { return }
        if let entry = table.entry("automatic") {
            let name = table.name(of: "automatic")
            if case .list(let nodes) = entry.value.kind {
                house.answering.automatic = nodes.compactMap { callerPattern($0, name: name) }
            } else {
                report.add(entry.value.position, "\(name) is \(entry.value.summary)", expected: "a list of callers")
            }
        }
        if let byHeader = table.value("by_header", .boolean) { house.answering.byHeader = byHeader }
        if let byNotify = table.value("by_notify", .boolean) { house.answering.byNotify = byNotify }
        if let tone = table.value("warning_tone", .boolean) { house.answering.warningTone = tone }
        table.finish()
    }

    /// `sip:201@10.0.0.20`, `201@*`, `*@10.0.0.20`, or a phone book entry.
    private func callerPattern(_ node: TOMLNode, name: String) -> HouseConfiguration.CallerPattern? {
        let expected = "a SIP URI, an address such as \"201@*\", or a phone book entry"
        guard case .text(let text) = node.kind, !text.isEmpty else {
            report.add(node.position, "an item of \(name) is \(node.summary)", expected: expected)
            return nil
        }
        if let address = SIPAddress(uri: text), let user = address.user {
            return .address(user: user, host: address.host)
        }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        if parts.count == 2, !text.contains(":") {
            let (user, host) = (String(parts[0]), String(parts[1]))
            let isRight = !user.isEmpty && (host == "*" ? SIPAddress("x") : SIPAddress(host)) != nil
            if isRight, user == "*" || SIPAddress("\(user)@x") != nil {
                return .address(user: user == "*" ? nil : user, host: host == "*" ? nil : host.lowercased())
            }
        }
        if text.contains("@") || text.contains(":") {
            report.add(node.position, "an item of \(name) is \(node.summary)", expected: expected)
            return nil
        }
        refer(to: .entry, text, from: "an item of \(name)", at: node.position)
        return .entry(text)
    }

    func readTrust(_ file: inout TableReader) {
        guard var table = file.table("trust") else { return }
        house.trust.networks = table.list("networks", Self.network) ?? []
        if let everyone = table.value("everyone", .boolean) { house.trust.everyone = everyone }
        table.finish()
    }

    private static var network: Form<HouseConfiguration.Network> {
        .text("an address or a network such as \"10.0.0.0/24\", with no bits set behind the prefix") { text in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard let first = parts.first, parts.count <= 2, let address = IPAddress(first) else { return nil }
            let width = address.isIPv6 ? 128 : 32
            guard parts.count == 2 else { return HouseConfiguration.Network(address: address, prefixLength: width) }
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]), length <= width,
                address.hasOnlyZeros(behind: length)
            else { return nil }
            return HouseConfiguration.Network(address: address, prefixLength: length)
        }
    }
}

extension IPAddress {
    /// Whether all bits behind the first `length` are zero.
    fileprivate func hasOnlyZeros(behind length: Int) -> Bool {
        switch self {
        case .v4(let value): value << UInt32(length) == 0
        case .v6(let high, let low, _): length >= 64 ? low << UInt64(length - 64) == 0 : high << UInt64(length) == 0 && low == 0
        }
    }
}
