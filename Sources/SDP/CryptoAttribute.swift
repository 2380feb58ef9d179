import Base

/// A key for the one who gets the description to decrypt with: RFC 4568, `a=crypto`.
///
/// ```
/// a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:<40 characters>|2^31|1:4 WSH=64
///          │ │                       │      │               │    │   └ session parameters
///          │ │                       │      │               │    └ key identifier and its bytes in each packet
///          │ │                       │      │               └ packets that it may be used for
///          tag suite                 method key and salt
/// ```
public struct CryptoAttribute: Sendable, Equatable {
    /// What an answer names the line by that it takes.
    public var tag: UInt32
    public var key: SRTPKey

    public init(tag: UInt32, key: SRTPKey) {
        self.tag = tag
        self.key = key
    }

    /// What stands after `a=crypto:`. Only ours, which need neither lifetime, identifier nor parameters.
    var text: String { "\(tag) \(key.suite.rawValue) inline:\(Base64.encode(key.bytes))" }

    /// Reads what stands after `a=crypto:`; `nil` for a line that is wrong, or wants what is not done here: such a line is
    /// as if it were not there (RFC 4568 §6.1, §6.3.7).
    init?(_ text: String) {
        let words = text.split { $0 == " " || $0 == "\t" }
        guard words.count >= 3, let tag = Self.number(words[0], digits: 9), let suite = SRTPSuite(rawValue: String(words[1])),
            // A second key would be chosen by its identifier, packet by packet.
            !words[2].contains(";"), let key = Self.key(words[2], suite), words[3...].allSatisfy(Self.isHarmless)
        else { return nil }
        self.tag = UInt32(tag)
        self.key = key
    }

    /// `inline:key|lifetime|MKI:length`, the last two optional.
    private static func key(_ text: Substring, _ suite: SRTPSuite) -> SRTPKey? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "inline" else { return nil }
        var fields = parts[1].split(separator: "|", omittingEmptySubsequences: false)
        guard (1...3).contains(fields.count), let bytes = Base64.decode(fields.removeFirst()) else { return nil }
        if let first = fields.first, !first.contains(":") {
            guard isLifetime(first) else { return nil }
            fields.removeFirst()
        }
        guard let last = fields.first else { return SRTPKey(suite, bytes) }
        guard fields.count == 1, let identifier = identifier(last) else { return nil }
        return SRTPKey(suite, bytes, identifier: identifier)
    }

    /// At most 2^48 packets. It binds the one who sends under the key; a call does not last that long.
    private static func isLifetime(_ text: Substring) -> Bool {
        if text.hasPrefix("2^") { return number(text.dropFirst(2), digits: 2).map { $0 <= 48 } ?? false }
        return number(text, digits: 15).map { (1...(1 << 48)).contains($0) } ?? false
    }

    /// `1:4` is 00 00 00 01.
    private static func identifier(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let value = number(parts[0], digits: 18), let length = number(parts[1], digits: 3),
            (1...128).contains(length), length >= 8 || value >> UInt64(8 * length) == 0
        else { return nil }
        return (0..<Int(length)).map { index in
            let shift = 8 * (Int(length) - 1 - index)
            return shift < 64 ? UInt8(truncatingIfNeeded: value >> UInt64(shift)) : 0
        }
    }

    /// Whether a session parameter may be there: hints, and what is optional by its dash. The others take protection away
    /// (UNENCRYPTED_SRTP, UNENCRYPTED_SRTCP, UNAUTHENTICATED_SRTP), or want what is not done here (KDR, FEC_KEY).
    private static func isHarmless(_ text: Substring) -> Bool {
        if text.hasPrefix("WSH=") { return number(text.dropFirst(4), digits: 9).map { $0 >= 64 } ?? false }
        return text.hasPrefix("-") || text == "KDR=0" || text == "FEC_ORDER=FEC_SRTP"
    }

    /// Digits alone, and no zero before others.
    private static func number(_ text: Substring, digits: Int) -> UInt64? {
        guard (1...digits).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            text.utf8.count == 1 || text.utf8.first != 0x30
        else { return nil }
        return UInt64(text)
    }
}

extension Array<Attribute> {
    /// The keys that can be used, in order of preference.
    public var crypto: [CryptoAttribute] {
        compactMap { if case .crypto(let line) = $0 { line } else { nil } }
    }

    /// There is an `a=crypto`, good or bad.
    var mentionsCrypto: Bool {
        contains { attribute in
            switch attribute {
            case .crypto: true
            case .other(let name, _): name == "crypto"
            default: false
            }
        }
    }
}
