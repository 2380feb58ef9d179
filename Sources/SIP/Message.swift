/// A SIP message as it came: RFC 3261 §7. Holds its bytes and where what it says lies in them.
///
/// Made only of what can be answered or acted on: start line, Via, From, To, Call-ID and CSeq are there and well-formed.
/// Texts are made when they are asked for; a header that cannot be read counts as absent.
public struct Message: Sendable {
    public let bytes: [UInt8]
    let index: MessageIndex

    public static let maximumSize = 65_535

    /// Reads one whole datagram.
    public init(parsing bytes: [UInt8]) throws(ParseError) {
        guard bytes.count <= Self.maximumSize else {
            throw ParseError(Self.maximumSize, expected: "the end of the message")
        }
        self.bytes = bytes
        index = try bytes.read { (cursor) throws(ParseError) -> MessageIndex in try MessageIndex(&cursor) }
    }

    private func text(_ span: Span) -> String {
        String(decoding: bytes[Int(span.start)..<Int(span.end)], as: UTF8.self)
    }

    /// Makes a value of what has been read before.
    private func made<Value>(_ body: (Cursor) -> Value) -> Value {
        bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("no message is empty") }
            return body(Cursor(base, count: buffer.count))
        }
    }
}

// MARK: - Start line and body

extension Message {
    public var isRequest: Bool { if case .request = index.startLine { true } else { false } }
    /// The request's method; a response's is that of its CSeq.
    public var method: Method { index.cseq.method }
    public var requestURI: URI? {
        guard case .request(_, let spans) = index.startLine else { return nil }
        return made { URI($0, spans) }
    }
    public var status: Int? { if case .response(let status, _) = index.startLine { Int(status) } else { nil } }
    public var reason: String { if case .response(_, let reason) = index.startLine { text(reason) } else { "" } }
    public var body: [UInt8] { Array(bytes[index.body]) }
}

// MARK: - What every message has

extension Message {
    public var callID: String { text(index.callID) }
    public var cseq: CSeq { index.cseq }
    public var from: NameAddress { made { NameAddress($0, index.from) } }
    public var to: NameAddress { made { NameAddress($0, index.to) } }
    public var fromTag: String? { index.from.tag.isEmpty ? nil : text(index.from.tag) }
    public var toTag: String? { index.to.tag.isEmpty ? nil : text(index.to.tag) }

    /// One at least.
    public var vias: [Via] {
        made { cursor in
            index.fields.compactMap { field in
                guard case .via(let spans) = field.content else { return nil }
                return Via(cursor, spans)
            }
        }
    }

    public var topVia: Via? { made { Via($0, index.topVia) } }
    public var branch: String? { index.topVia.branch.isEmpty ? nil : text(index.topVia.branch) }
}

// MARK: - What it may have

extension Message {
    /// The first header of this name, long or compact, unfolded.
    public func header(_ name: String) -> String? { lines(name, most: 1).first }

    /// All headers of this name, line by line, unfolded.
    public func headers(_ name: String) -> [String] { lines(name, most: .max) }

    private func lines(_ name: String, most: Int) -> [String] {
        let kind = HeaderName(name)
        let other = kind == .other ? HeaderName.otherForm(of: name) : nil
        return made { cursor in
            var lines: [String] = []
            for field in index.fields where field.kind == kind && field.isFirst && lines.count < most {
                if kind == .other {
                    let text = cursor.text(field.name)
                    guard isSame(text, name) || other.map({ isSame(text, $0) }) == true else { continue }
                }
                lines.append(cursor.unfoldedText(field.line))
            }
            return lines
        }
    }

    public var contacts: [NameAddress] { addresses(.contact) }
    public var routes: [NameAddress] { addresses(.route) }
    public var recordRoutes: [NameAddress] { addresses(.recordRoute) }
    /// 0 to 255; a larger number counts as absent.
    public var maxForwards: Int? { number(.maxForwards).flatMap { $0 <= 255 ? Int($0) : nil } }
    public var expires: UInt32? { number(.expires) }
    public var minExpires: UInt32? { number(.minExpires) }
    /// In seconds; what follows the number is left out.
    public var retryAfter: UInt32? { number(.retryAfter) }
    /// How many seconds the registrar waits for a sign of life (RFC 5626 §10).
    public var flowTimer: UInt32? { header("Flow-Timer").flatMap { UInt32($0) } }
    public var require: [String] { tokens(.require) }
    public var supported: [String] { tokens(.supported) }
    public var unsupported: [String] { tokens(.unsupported) }
    public var allow: [String] { tokens(.allow) }

    public var contentType: MediaType? {
        for field in index.fields {
            if case .mediaType(let spans) = field.content { return made { MediaType($0, spans) } }
        }
        return nil
    }

    /// The challenges of WWW-Authenticate and Proxy-Authenticate; those that cannot be read are left out.
    public var challenges: [Challenge] {
        made { cursor in
            index.fields.flatMap { field -> [Challenge] in
                guard field.kind == .wwwAuthenticate || field.kind == .proxyAuthenticate else { return [] }
                return (try? Challenge.all(isProxy: field.kind == .proxyAuthenticate, cursor.part(field.line))) ?? []
            }
        }
    }

    private func addresses(_ kind: HeaderName) -> [NameAddress] {
        made { cursor in
            index.fields.compactMap { field in
                guard field.kind == kind, case .address(let spans) = field.content else { return nil }
                return NameAddress(cursor, spans)
            }
        }
    }

    private func number(_ kind: HeaderName) -> UInt32? {
        for field in index.fields where field.kind == kind {
            if case .number(let number) = field.content { return number }
        }
        return nil
    }

    private func tokens(_ kind: HeaderName) -> [String] {
        made { cursor in
            index.fields.flatMap { field -> [String] in
                guard field.kind == kind, case .tokens(let count) = field.content else { return [] }
                var list = cursor.part(field.line)
                var tokens: [String] = []
                tokens.reserveCapacity(Int(count))
                repeat {
                    let token = list.span(of: .token)
                    if !token.isEmpty { tokens.append(cursor.text(token)) }
                } while list.take(UInt8(ascii: ","))
                return tokens
            }
        }
    }
}
