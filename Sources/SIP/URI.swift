/// A SIP, SIPS or tel URI: RFC 3261 §19.1, RFC 3966.
///
/// Any other scheme is kept as it stands: its text is the `host`.
public struct URI: Hashable, Sendable, CustomStringConvertible {
    /// In lower case: `sip`, `sips`, `tel`, or what it was.
    public var scheme: String
    /// Unescaped; `nil` where the URI names a host only. For `tel`, the number is the user.
    public var user: String?
    /// A name or an address, IPv6 in brackets.
    public var host: String
    public var port: UInt16?
    public var parameters: Parameters
    /// What follows `?`, as it stands.
    public var headers: String

    public init(
        scheme: String = "sip", user: String? = nil, host: String, port: UInt16? = nil, parameters: Parameters = Parameters()
    ) {
        self.scheme = scheme
        self.user = user
        self.host = host
        self.port = port
        self.parameters = parameters
        headers = ""
    }

    /// Reads a whole text.
    public init(_ text: String) throws(ParseError) {
        var scanner = Scanner(text)
        try self.init(&scanner)
        guard scanner.isAtEnd else { throw scanner.fail("the end of the URI") }
    }

    public var isSIP: Bool { scheme == "sip" || scheme == "sips" }

    public var description: String {
        switch scheme {
        case "sip", "sips":
            scheme + ":" + (user.map { escaped($0) + "@" } ?? "") + host + (port.map { ":\($0)" } ?? "") + parameters.description
                + (headers.isEmpty ? "" : "?" + headers)
        case "tel": "tel:" + (user ?? "") + parameters.description
        default: scheme + ":" + host
        }
    }

    /// Escapes what `user` of RFC 3261 §25 does not allow.
    private func escaped(_ user: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in user.utf8 {
            if Scanner.isAlphanumeric(byte) || Self.plainInUser.contains(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// mark and user-unreserved, and the colon that parts a password from the user.
    private static let plainInUser = Array("-_.!~*'()&=+$,;?/:".utf8)

    /// Reads a URI that ends at white space, `>` or the end.
    init(_ scanner: inout Scanner) throws(ParseError) {
        let schemeSpan = scanner.span { Scanner.isAlphanumeric($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E }
        guard !schemeSpan.isEmpty, scanner.next == UInt8(ascii: ":") else { throw scanner.fail("a URI's scheme and a colon") }
        let scheme = String(decoding: scanner.bytes[schemeSpan].map(lowercased), as: UTF8.self)
        scanner.advance()
        switch scheme {
        case "sip", "sips": try self.init(sip: scheme, &scanner)
        case "tel":
            let number = scanner.span { $0 != 0x3B && $0 != 0x3E && $0 != 0x2C && !Scanner.isSpace($0) }
            guard !number.isEmpty else { throw scanner.fail("a telephone number") }
            self.init(scheme: scheme, user: scanner.text(number), host: "")
            parameters = try Parameters(&scanner)
        default:
            let rest = scanner.span { $0 != 0x3E && !Scanner.isSpace($0) }
            guard !rest.isEmpty else { throw scanner.fail("something behind the scheme") }
            self.init(scheme: scheme, host: scanner.text(rest))
        }
    }

    private init(sip scheme: String, _ scanner: inout Scanner) throws(ParseError) {
        // A user part may hold ; ? and : and so on; it is one if an @ comes before the URI ends.
        var probe = scanner
        let candidate = probe.span { $0 != 0x40 && $0 != 0x3E && $0 != 0x22 && $0 != 0x3C && !Scanner.isSpace($0) }
        var user: String?
        if probe.next == UInt8(ascii: "@") {
            guard !candidate.isEmpty else { throw scanner.fail("a user before the @") }
            user = try Self.unescaped(scanner, candidate)
            scanner = probe
            scanner.advance()
        }
        let host: Range<Int>
        if scanner.next == UInt8(ascii: "[") {
            let start = scanner.offset
            _ = scanner.span { Scanner.isAlphanumeric($0) || $0 == 0x5B || $0 == 0x3A || $0 == 0x2E }
            guard scanner.next == UInt8(ascii: "]") else { throw scanner.fail("] behind an IPv6 address") }
            scanner.advance()
            host = start..<scanner.offset
        } else {
            host = scanner.span { Scanner.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
        }
        guard !host.isEmpty else { throw scanner.fail("a host") }
        self.init(scheme: scheme, user: user, host: scanner.text(host))
        if scanner.next == UInt8(ascii: ":") {
            scanner.advance()
            let digits = scanner.span(while: Scanner.isDigit)
            guard let port = UInt16(scanner.text(digits)) else { throw ParseError(digits.lowerBound, expected: "a port") }
            self.port = port
        }
        while scanner.next == UInt8(ascii: ";") {
            scanner.advance()
            let name = scanner.span(while: Self.isParameter)
            guard !name.isEmpty else { throw scanner.fail("a URI parameter's name") }
            var value: String?
            if scanner.next == UInt8(ascii: "=") {
                scanner.advance()
                value = scanner.text(scanner.span(while: Self.isParameter))
            }
            parameters.append(scanner.text(name), value)
        }
        if scanner.next == UInt8(ascii: "?") {
            scanner.advance()
            headers = scanner.text(scanner.span { $0 != 0x3E && !Scanner.isSpace($0) && $0 != 0x22 && $0 != 0x3C })
        }
    }

    private static func isParameter(_ byte: UInt8) -> Bool {
        Scanner.isToken(byte) || byte == 0x5B || byte == 0x5D || byte == 0x2F || byte == 0x3A || byte == 0x26 || byte == 0x24
            || byte == 0x28 || byte == 0x29
    }

    private static func unescaped(_ scanner: Scanner, _ range: Range<Int>) throws(ParseError) -> String {
        var result: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = scanner.bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < range.upperBound, let high = digit(scanner.bytes[index + 1]),
                    let low = digit(scanner.bytes[index + 2])
                else { throw ParseError(index, expected: "two hexadecimal digits behind %") }
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(byte)
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
