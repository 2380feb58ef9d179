/// The header names that a user agent reads, each with its compact form (RFC 3261 §7.3.3, §20).
enum HeaderName: UInt8, Sendable, CaseIterable {
    case other
    case via, from, to, callID, cseq, maxForwards, contact, route, recordRoute, contentLength, contentType
    case expires, minExpires, retryAfter, require, supported, allow, unsupported, proxyRequire
    case wwwAuthenticate, proxyAuthenticate, authorization, proxyAuthorization
    case accept, userAgent, alertInfo, callInfo, reason

    @inline(__always) var text: StaticString {
        switch self {
        case .other: ""
        case .via: "Via"
        case .from: "From"
        case .to: "To"
        case .callID: "Call-ID"
        case .cseq: "CSeq"
        case .maxForwards: "Max-Forwards"
        case .contact: "Contact"
        case .route: "Route"
        case .recordRoute: "Record-Route"
        case .contentLength: "Content-Length"
        case .contentType: "Content-Type"
        case .expires: "Expires"
        case .minExpires: "Min-Expires"
        case .retryAfter: "Retry-After"
        case .require: "Require"
        case .supported: "Supported"
        case .allow: "Allow"
        case .unsupported: "Unsupported"
        case .proxyRequire: "Proxy-Require"
        case .wwwAuthenticate: "WWW-Authenticate"
        case .proxyAuthenticate: "Proxy-Authenticate"
        case .authorization: "Authorization"
        case .proxyAuthorization: "Proxy-Authorization"
        case .accept: "Accept"
        case .userAgent: "User-Agent"
        case .alertInfo: "Alert-Info"
        case .callInfo: "Call-Info"
        case .reason: "Reason"
        }
    }

    /// Those that a message may hold once only; a second one is an error, because two readers could read it differently.
    @inline(__always) var isSingle: Bool {
        switch self {
        case .from, .to, .callID, .cseq, .maxForwards, .contentLength, .contentType, .expires, .minExpires: true
        default: false
        }
    }

    /// The name that stands from `start` to `end`, which is a token.
    @inline(__always)
    init(_ cursor: Cursor, _ start: Int, _ end: Int) {
        let count = end &- start
        let word = cursor.lowercasedWord(start, count: count)
        switch count {
        case 1: self = Self(compact: UInt8(truncatingIfNeeded: word))
        case 2: self = word == Self.to.word ? .to : .other
        case 3: self = word == Self.via.word ? .via : .other
        case 4: self = word == Self.from.word ? .from : word == Self.cseq.word ? .cseq : .other
        case 5: self = word == Self.allow.word ? .allow : word == Self.route.word ? .route : .other
        case 6: self = word == Self.accept.word ? .accept : word == Self.reason.word ? .reason : .other
        case 7:
            self =
                word == Self.contact.word
                ? .contact
                : word == Self.callID.word
                    ? .callID : word == Self.expires.word ? .expires : word == Self.require.word ? .require : .other
        default: self = Self(longAt: start, count, word, cursor)
        }
    }

    init(_ name: String) {
        self = Array(name.utf8).withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, !bytes.isEmpty, bytes.count < 32 else { return .other }
            return HeaderName(Cursor(base, count: bytes.count), 0, bytes.count)
        }
    }

    @inline(__always)
    private init(compact letter: UInt8) {
        switch letter {
        case UInt8(ascii: "v"): self = .via
        case UInt8(ascii: "f"): self = .from
        case UInt8(ascii: "t"): self = .to
        case UInt8(ascii: "i"): self = .callID
        case UInt8(ascii: "m"): self = .contact
        case UInt8(ascii: "l"): self = .contentLength
        case UInt8(ascii: "c"): self = .contentType
        case UInt8(ascii: "k"): self = .supported
        default: self = .other
        }
    }

    /// A name of more than seven letters: its first eight tell which it may be, the rest whether it is.
    @inline(__always)
    private init(longAt start: Int, _ count: Int, _ word: UInt64, _ cursor: Cursor) {
        let name: HeaderName
        switch (count, word) {
        case (9, Self.supported.word): name = .supported
        case (9, Self.callInfo.word): name = .callInfo
        case (10, Self.userAgent.word): name = .userAgent
        case (10, Self.alertInfo.word): name = .alertInfo
        case (11, Self.minExpires.word): name = .minExpires
        case (11, Self.retryAfter.word): name = .retryAfter
        case (11, Self.unsupported.word): name = .unsupported
        case (12, Self.maxForwards.word): name = .maxForwards
        case (12, Self.contentType.word): name = .contentType
        case (12, Self.recordRoute.word): name = .recordRoute
        case (13, Self.proxyRequire.word): name = .proxyRequire
        case (13, Self.authorization.word): name = .authorization
        case (14, Self.contentLength.word): name = .contentLength
        case (16, Self.wwwAuthenticate.word): name = .wwwAuthenticate
        case (18, Self.proxyAuthenticate.word): name = .proxyAuthenticate
        case (19, Self.proxyAuthorization.word): name = .proxyAuthorization
        default:
            self = .other
            return
        }
        self = cursor.matches(Span(start, start &+ count), name.text) ? name : .other
    }

    /// The first eight letters of the name, in lower case.
    @inline(__always) private var word: UInt64 {
        let count = text.utf8CodeUnitCount
        let mask = count < 8 ? (1 &<< (UInt64(truncatingIfNeeded: count) &* 8)) &- 1 : UInt64.max
        return text.word | 0x2020_2020_2020_2020 & mask
    }
}

// MARK: - Names that are not among the cases

extension HeaderName {
    /// The compact form of a name that has one and is no case here, or the name of such a form.
    static func otherForm(of name: String) -> String? {
        for (compact, long) in compactForms {
            if isSame(name, compact) { return long }
            if isSame(name, long) { return compact }
        }
        return nil
    }

    /// RFC 3261 §7.3.3, 3515, 3841, 3892, 4028, 4474, 6665.
    private static let compactForms = [
        ("a", "Accept-Contact"), ("b", "Referred-By"), ("d", "Request-Disposition"), ("e", "Content-Encoding"),
        ("j", "Reject-Contact"), ("n", "Identity-Info"), ("o", "Event"), ("r", "Refer-To"), ("s", "Subject"),
        ("u", "Allow-Events"), ("x", "Session-Expires"), ("y", "Identity"),
    ]
}
