/// The Content-Type header: RFC 3261 §20.15. Type and subtype in lower case.
public struct MediaType: Sendable, Hashable, CustomStringConvertible {
    public var type: String
    public var subtype: String
    public var parameters = Parameters()

    public init(_ type: String, _ subtype: String) {
        self.type = type
        self.subtype = subtype
    }

    public static let sdp = MediaType("application", "sdp")

    public var description: String { "\(type)/\(subtype)\(parameters)" }

    init(_ scanner: inout Scanner) throws(ParseError) {
        type = String(decoding: try scanner.token("a media type").utf8.map(lowercased), as: UTF8.self)
        guard scanner.take(0x2F) else { throw scanner.fail("/ behind the media type") }
        subtype = String(decoding: try scanner.token("a media subtype").utf8.map(lowercased), as: UTF8.self)
        parameters = try Parameters(&scanner)
    }
}
