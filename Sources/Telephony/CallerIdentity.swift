import SIP

/// Who calls, by others' words than the caller's own, and whom the call was meant for before it came here.
extension IncomingCall {
    /// One turn that a call took on its way: RFC 5806, RFC 7044.
    public struct Diversion: Sendable, Equatable {
        /// Who was called, and did not take the call.
        public var from: URI
        public var displayName: String?
        /// `unconditional`, `no-answer`, `user-busy`, `deflection`, …; or the status that the retargeting was for.
        public var reason: String?

        public init(from: URI, displayName: String? = nil, reason: String? = nil) {
            self.from = from
            self.displayName = displayName
            self.reason = reason
        }
    }
}

extension NameAddress {
    /// The identity in P-Asserted-Identity, `sip:` before `tel:` (RFC 3325 §9.1): two at most may be there.
    ///
    /// Only what a registrar or proxy of ours says is to be believed (§8); the caller of this sees to it.
    static func asserted(in request: Message) -> NameAddress? {
        let identities = request.addressList("P-Asserted-Identity")
        return identities.first { $0.uri.scheme != "tel" } ?? identities.first
    }
}

extension IncomingCall.Diversion {
    /// The way of a call before it came here, latest turn first; Diversion, or else History-Info.
    static func all(in request: Message) -> [IncomingCall.Diversion] {
        let diversions = request.addressList("Diversion").map { address in
            IncomingCall.Diversion(
                from: address.uri.plain, displayName: address.displayName, reason: address.parameters["reason"])
        }
        return diversions.isEmpty ? history(request) : diversions
    }

    /// RFC 7044 §5: each entry with `rc` or `mp` came of the one whose index it names; what that one was asked for was diverted.
    private static func history(_ request: Message) -> [IncomingCall.Diversion] {
        let entries = request.addressList("History-Info")
        var turns: [IncomingCall.Diversion] = []
        for entry in entries.reversed() {
            // Only a change of the person called is a diversion: `mp`. `rc` is the same person at another place.
            guard let origin = entry.parameters["mp"] ?? entry.legacyOrigin(entries),
                let source = entries.first(where: { $0.parameters["index"] == origin })
            else { continue }
            turns.append(
                IncomingCall.Diversion(from: source.uri.plain, displayName: source.displayName, reason: source.historyReason))
        }
        return turns
    }
}

extension NameAddress {
    /// Entries by RFC 4244 have no `mp`: the one before is where it came from when its URI says why it was left.
    fileprivate func legacyOrigin(_ entries: [NameAddress]) -> String? {
        guard parameters["rc"] == nil, parameters["np"] == nil, !parameters.contains("np"),
            let index = entries.firstIndex(of: self), index > 0,
            entries[index - 1].historyReason != nil, entries[index - 1].uri.user != uri.user
        else { return nil }
        return entries[index - 1].parameters["index"]
    }

    /// The reason that an entry's URI carries as an escaped header, such as `?Reason=SIP%3Bcause%3D302`.
    fileprivate var historyReason: String? {
        for header in uri.headers.split(separator: "&") {
            let pair = header.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].lowercased() == "reason" else { continue }
            let reason = Reason(unescaped(String(pair[1])))
            return reason.cause.map { "\($0)" } ?? reason.text
        }
        return parameters["cause"] ?? uri.parameters["cause"]
    }

    private func unescaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Message {
    /// The addresses of a header that may hold several in a line; those that cannot be read are left out.
    func addressList(_ name: String) -> [NameAddress] {
        headers(name).flatMap { HeaderParts.list($0) }.prefix(32).compactMap { try? NameAddress($0) }
    }
}

extension URI {
    /// Whom it names, without how to get there.
    var plain: URI { URI(scheme: scheme, user: user, host: host, port: port) }
}
