/// A response that we build: RFC 3261 §7.2.
public struct Response: Sendable, Equatable {
    public var status: Int
    public var reason: String
    public var headers: [HeaderField]
    public var body: [UInt8] = []

    /// The response to `request`, with what RFC 3261 §8.2.6.2 copies: Via, From, To, Call-ID, CSeq; and Record-Route where a
    /// dialog may come of it. `toTag` is put into To where it has none.
    public init(to request: Message, status: Int, toTag: String?) {
        self.status = status
        reason = Self.phrase(of: status)
        headers = request.headers("Via").map { HeaderField(name: "Via", value: $0) }
        if request.method == .invite, (101...299).contains(status) {
            headers += request.headers("Record-Route").map { HeaderField(name: "Record-Route", value: $0) }
        }
        headers.append(HeaderField(name: "From", value: request.header("From") ?? ""))
        let to = request.header("To") ?? ""
        headers.append(HeaderField(name: "To", value: request.toTag == nil && toTag != nil ? "\(to);tag=\(toTag ?? "")" : to))
        headers.append(HeaderField(name: "Call-ID", value: request.callID))
        headers.append(HeaderField(name: "CSeq", value: request.header("CSeq") ?? ""))
    }

    /// The message as it goes on the wire.
    public func encoded() -> [UInt8] {
        encode("SIP/2.0 \(status) \(reason)", headers, body)
    }

    /// The reason phrases of RFC 3261 §21 and its extensions.
    public static func phrase(of status: Int) -> String {
        phrases[status] ?? (status < 200 ? "Progress" : status < 300 ? "OK" : "Failure")
    }

    private static let phrases: [Int: String] = [
        100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress", 200: "OK",
        202: "Accepted", 300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 400: "Bad Request",
        401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
        407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 413: "Request Entity Too Large",
        414: "Request-URI Too Long", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
        421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief", 480: "Temporarily Unavailable",
        481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete",
        485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event",
        491: "Request Pending", 493: "Undecipherable", 500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway",
        503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large",
        600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
    ]
}
