/// Who a SIP URI is about, user and host; enough to check its form and to compare callers. The SIP module knows the rest.
public struct SIPAddress: Sendable, Equatable {
    public var user: String?
    /// Lower case; IPv6 in brackets.
    public var host: String

    /// Reads `sip:user@host:port;parameters` or `sips:…` (RFC 3261 §19.1.1); `nil` when it is not of this form.
    public init?(uri: String) {
        guard let colon = uri.firstIndex(of: ":"), ["sip", "sips"].contains(uri[..<colon].lowercased()) else { return nil }
        self.init(uri[uri.index(after: colon)...])
    }

    /// Reads what stands after the scheme: `user@host`, as callers are named.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 && !#"<>"\^`{|}"#.utf8.contains($0) }) else { return nil }
        var rest = Substring(text)
        if let at = rest.lastIndex(of: "@") {
            let user = rest[..<at].prefix { $0 != ":" }
            guard !user.isEmpty, !rest[..<at].contains("@") else { return nil }
            self.user = String(user)
            rest = rest[rest.index(after: at)...]
        } else {
            user = nil
        }
        rest = rest.prefix { $0 != ";" && $0 != "?" }
        var host = rest
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[...end]
            guard host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }), host.contains(":")
            else { return nil }
        } else {
            host = rest.prefix { $0 != ":" }
            guard host.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" || $0 == "_" }) else { return nil }
        }
        guard !host.isEmpty else { return nil }
        let port = rest[host.endIndex...]
        if !port.isEmpty {
            guard port.first == ":", (1...5).contains(port.utf8.count - 1), port.dropFirst().allSatisfy(\.isNumber),
                let number = UInt16(port.dropFirst()), number > 0
            else { return nil }
        }
        self.host = host.lowercased()
    }
}

extension HouseConfiguration {
    /// Whether the caller, named `user@host`, is answered without a hand.
    public func answersAutomatically(_ caller: String) -> Bool {
        guard let caller = SIPAddress(caller) else { return false }
        return answering.automatic.contains { pattern in
            switch pattern {
            case .address(let user, let host):
                (user == nil || user == caller.user) && (host == nil || host?.lowercased() == caller.host)
            case .entry(let name):
                phoneBook[name]?.targets.contains { SIPAddress(uri: $0) == caller } ?? false
            }
        }
    }
}
