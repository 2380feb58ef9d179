/// A request that we build: RFC 3261 §7.1.
public struct Request: Sendable, Equatable {
    public var method: Method
    public var uri: URI
    /// In the order that they are sent in; Content-Length is added by `encoded`.
    public var headers: [HeaderField]
    public var body: [UInt8]

    public init(method: Method, uri: URI, headers: [HeaderField] = [], body: [UInt8] = []) {
        self.method = method
        // A URI's headers and method are said to who makes a request of it, not in it (RFC 3261 §19.1.1, §19.1.5).
        self.uri = uri
        self.uri.headers = ""
        self.uri.parameters["method"] = nil
        self.headers = headers
        self.body = body
    }

    /// The message as it goes on the wire.
    public func encoded() -> [UInt8] {
        encode("\(method) \(uri) SIP/2.0", headers, body)
    }
}

/// Start line, headers, Content-Length and body. Line ends in values are cut out, so that no value can add a header.
func encode(_ startLine: String, _ headers: [HeaderField], _ body: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(
        startLine.utf8.count + headers.reduce(64) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 } + body.count)
    func append(_ text: String) { bytes.append(contentsOf: text.utf8.lazy.filter { $0 != 0x0D && $0 != 0x0A }) }
    func endLine() { bytes += [0x0D, 0x0A] }
    append(startLine)
    endLine()
    for header in headers {
        append(header.name)
        bytes += [0x3A, 0x20]
        append(header.value)
        endLine()
    }
    append("Content-Length: \(body.count)")
    endLine()
    endLine()
    return bytes + body
}
