/// A SIP message as it came: RFC 3261 §7. Holds its bytes, and where each header lies in them.
///
/// Made only of what can be answered or acted on: start line, Via, From, To, Call-ID and CSeq are there and well-formed.
/// Other headers are read when asked for; one that cannot be read counts as absent.
public struct Message: Sendable {
    struct Field: Sendable {
        var kind: HeaderName
        var name: Range<Int>
        /// Without white space at its ends; may hold folds.
        var value: Range<Int>
    }

    public enum StartLine: Sendable, Equatable {
        case request(Method, URI)
        case response(status: Int, reason: String)
    }

    public let bytes: [UInt8]
    public let startLine: StartLine
    let fields: [Field]
    private let bodyRange: Range<Int>

    public let vias: [Via]
    public let from: NameAddress
    public let to: NameAddress
    public let callID: String
    public let cseq: CSeq

    public static let maximumSize = 65_535
    static let maximumFields = 256

    /// Reads one whole datagram.
    public init(parsing bytes: [UInt8]) throws(ParseError) {
        let lines = try MessageLines(bytes)
        self.bytes = bytes
        fields = lines.fields
        startLine = try Self.startLine(bytes, lines.startLine)
        vias = try Self.vias(bytes, lines.fields)
        from = try NameAddress(try Self.single(.from, bytes, fields))
        to = try NameAddress(try Self.single(.to, bytes, fields))
        callID = try Self.single(.callID, bytes, fields)
        guard !callID.isEmpty, !callID.utf8.contains(where: Scanner.isSpace) else {
            throw ParseError(0, expected: "a Call-ID of one word")
        }
        var scanner = Scanner(try Self.single(.cseq, bytes, fields))
        let number = try scanner.number()
        guard !scanner.span(while: Scanner.isSpace).isEmpty else { throw scanner.fail("white space behind the CSeq number") }
        cseq = CSeq(number: number, method: Method(try scanner.token("the CSeq method")))
        if case .request(let method, _) = startLine, method != cseq.method {
            throw ParseError(0, expected: "\(method) in CSeq, as in the start line")
        }
        // RFC 3261 §18.3: a longer datagram is cut, a shorter one is an error.
        let available = bytes.count - lines.bodyStart
        var length = available
        if let text = Self.value(.contentLength, bytes, fields) {
            guard let stated = Int(text), stated >= 0, text.utf8.allSatisfy(Scanner.isDigit) else {
                throw ParseError(lines.bodyStart, expected: "a Content-Length in digits")
            }
            guard stated <= available else {
                throw ParseError(bytes.count, expected: "\(stated) bytes of body, as Content-Length says")
            }
            length = stated
        }
        bodyRange = lines.bodyStart..<lines.bodyStart + length
    }

    private static func startLine(_ bytes: [UInt8], _ range: Range<Int>) throws(ParseError) -> StartLine {
        var scanner = Scanner(bytes, range)
        let first = scanner.span { $0 != 0x20 }
        if first.count == 7, scanner.text(first).uppercased() == "SIP/2.0" {
            scanner.skipSpace()
            let digits = scanner.span(while: Scanner.isDigit)
            guard digits.count == 3, let status = Int(scanner.text(digits)), (100...699).contains(status) else {
                throw ParseError(digits.lowerBound, expected: "a status of 100 to 699")
            }
            scanner.skipSpace()
            return .response(status: status, reason: scanner.text(scanner.offset..<range.upperBound))
        }
        let name = scanner.text(first)
        guard Scanner.isToken(name), scanner.next == 0x20 else {
            throw ParseError(first.lowerBound, expected: "a method or SIP/2.0")
        }
        scanner.advance()
        let uriRange = scanner.span { $0 != 0x20 }
        var inner = Scanner(bytes, uriRange)
        let uri = try URI(&inner)
        guard inner.isAtEnd, scanner.next == 0x20 else { throw inner.fail("a space behind the request URI") }
        scanner.advance()
        let version = scanner.text(scanner.offset..<range.upperBound)
        guard version.uppercased() == "SIP/2.0" else { throw ParseError(scanner.offset, expected: "SIP/2.0") }
        return .request(Method(name), uri)
    }

    private static func vias(_ bytes: [UInt8], _ fields: [Field]) throws(ParseError) -> [Via] {
        var vias: [Via] = []
        for field in fields where field.kind == .via {
            var scanner = Scanner(bytes, field.value)
            repeat { vias.append(try Via(&scanner)) } while scanner.take(0x2C)
            guard scanner.isAtEnd else { throw scanner.fail("a comma or the end of the Via") }
        }
        guard !vias.isEmpty else { throw ParseError(0, expected: "a Via header") }
        return vias
    }

    static func value(_ kind: HeaderName, _ bytes: [UInt8], _ fields: [Field]) -> String? {
        fields.first { $0.kind == kind }.map { unfolded(bytes, $0.value) }
    }

    private static func single(_ kind: HeaderName, _ bytes: [UInt8], _ fields: [Field]) throws(ParseError) -> String {
        guard let text = value(kind, bytes, fields) else { throw ParseError(0, expected: "a \(kind.text) header") }
        return text
    }

    static func unfolded(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        guard bytes[range].contains(where: { $0 == 0x0D || $0 == 0x0A }) else {
            return String(decoding: bytes[range], as: UTF8.self)
        }
        var result: [UInt8] = []
        var isFold = false
        for byte in bytes[range] {
            if byte == 0x0D || byte == 0x0A {
                isFold = true
            } else if isFold, Scanner.isSpace(byte) {
                continue
            } else {
                if isFold { result.append(0x20) }
                isFold = false
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

// MARK: - What it says

extension Message {
    public var isRequest: Bool { if case .request = startLine { true } else { false } }
    /// The request's method; a response's is that of its CSeq.
    public var method: Method { cseq.method }
    public var requestURI: URI? { if case .request(_, let uri) = startLine { uri } else { nil } }
    public var status: Int? { if case .response(let status, _) = startLine { status } else { nil } }
    public var reason: String { if case .response(_, let reason) = startLine { reason } else { "" } }
    public var fromTag: String? { from.tag }
    public var toTag: String? { to.tag }
    public var topVia: Via? { vias.first }
    public var branch: String? { vias.first?.branch }
    public var body: [UInt8] { Array(bytes[bodyRange]) }

    /// The first header of this name, long or compact, unfolded.
    public func header(_ name: String) -> String? {
        ranges(name).first.map { Self.unfolded(bytes, $0) }
    }

    /// All headers of this name, line by line, unfolded.
    public func headers(_ name: String) -> [String] {
        ranges(name).map { Self.unfolded(bytes, $0) }
    }

    private func ranges(_ name: String) -> [Range<Int>] {
        let kind = HeaderName(name)
        if kind != .other { return fields.filter { $0.kind == kind }.map(\.value) }
        return fields.filter { $0.kind == .other && isSame(String(decoding: bytes[$0.name], as: UTF8.self), name) }.map(\.value)
    }

    public var contacts: [NameAddress] { addresses(.contact) }
    public var routes: [NameAddress] { addresses(.route) }
    public var recordRoutes: [NameAddress] { addresses(.recordRoute) }
    public var maxForwards: Int? { number(.maxForwards).map(Int.init) }
    public var expires: UInt32? { number(.expires) }
    public var minExpires: UInt32? { number(.minExpires) }
    /// In seconds; what follows the number is left out.
    public var retryAfter: UInt32? { number(.retryAfter) }
    public var require: [String] { tokens(.require) }
    public var supported: [String] { tokens(.supported) }
    public var unsupported: [String] { tokens(.unsupported) }
    public var allow: [String] { tokens(.allow) }

    public var contentType: MediaType? {
        guard let text = Self.value(.contentType, bytes, fields) else { return nil }
        var scanner = Scanner(text)
        return try? MediaType(&scanner)
    }

    /// The challenges of WWW-Authenticate and Proxy-Authenticate, one a header line; those that cannot be read are left out.
    public var challenges: [Challenge] {
        fields.compactMap { field in
            guard field.kind == .wwwAuthenticate || field.kind == .proxyAuthenticate else { return nil }
            var scanner = Scanner(Self.unfolded(bytes, field.value))
            return try? Challenge(isProxy: field.kind == .proxyAuthenticate, &scanner)
        }
    }

    private func addresses(_ kind: HeaderName) -> [NameAddress] {
        var result: [NameAddress] = []
        for field in fields where field.kind == kind {
            var scanner = Scanner(bytes, field.value)
            repeat {
                guard let address = try? NameAddress(&scanner) else { break }
                result.append(address)
            } while scanner.take(0x2C)
        }
        return result
    }

    private func number(_ kind: HeaderName) -> UInt32? {
        guard let text = Self.value(kind, bytes, fields) else { return nil }
        var scanner = Scanner(text)
        return try? scanner.number()
    }

    private func tokens(_ kind: HeaderName) -> [String] {
        fields.filter { $0.kind == kind }.flatMap { field in
            Self.unfolded(bytes, field.value).split(separator: ",").map { part in
                String(part.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
            }
        }.filter { !$0.isEmpty }
    }
}
