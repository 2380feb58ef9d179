/// The header names that a user agent reads, each with its compact form (RFC 3261 §7.3.3, §20).
enum HeaderName: UInt8, Sendable, CaseIterable {
    case other
    case via, from, to, callID, cseq, maxForwards, contact, route, recordRoute, contentLength, contentType
    case expires, minExpires, retryAfter, require, supported, allow, unsupported, proxyRequire
    case wwwAuthenticate, proxyAuthenticate, authorization, proxyAuthorization
    case accept, userAgent, alertInfo, callInfo, reason

    var text: String {
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
    var isSingle: Bool {
        switch self {
        case .from, .to, .callID, .cseq, .maxForwards, .contentLength, .contentType, .expires, .minExpires: true
        default: false
        }
    }

    private static let compact: [(UInt8, HeaderName)] = [
        (0x76, .via), (0x66, .from), (0x74, .to), (0x69, .callID), (0x6D, .contact), (0x6C, .contentLength), (0x63, .contentType),
        (0x6B, .supported),
    ]

    private static let byLength: [[(name: [UInt8], kind: HeaderName)]] = {
        var table = [[(name: [UInt8], kind: HeaderName)]](repeating: [], count: 24)
        for kind in allCases where kind != .other {
            let name = kind.text.utf8.map(lowercased)
            table[name.count].append((name, kind))
        }
        return table
    }()

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        if bytes.count == 1 {
            let letter = lowercased(bytes[0])
            self = Self.compact.first { $0.0 == letter }?.1 ?? .other
            return
        }
        guard bytes.count < Self.byLength.count else {
            self = .other
            return
        }
        self = Self.byLength[bytes.count].first { zip($0.name, bytes).allSatisfy { $0 == lowercased($1) } }?.kind ?? .other
    }

    init(_ name: String) {
        self = Array(name.utf8).withUnsafeBufferPointer { HeaderName($0) }
    }
}
