/// The Content-Type header: RFC 3261 §20.15. Type and subtype in lower case.
public struct MediaType: Sendable, Hashable, CustomStringConvertible {
    public var type: String
    public var subtype: String
    public var parameters = Parameters()

    public init(_ type: String, _ subtype: String) {
        self.type = type
        self.subtype = subtype
    }

    /// Reads a whole text.
    public init(reading text: String) throws(ParseError) {
        self = try text.read { (cursor) throws(ParseError) -> MediaType in
            cursor.skipSpace()
            let spans = try cursor.mediaType()
            return MediaType(cursor, spans)
        }
    }

    public static let sdp = MediaType("application", "sdp")

    public var description: String { "\(type)/\(subtype)\(parameters)" }
}

// MARK: - Reading

/// A media type as it lies in a message.
struct MediaTypeSpans: Sendable {
    var type: Span
    var subtype: Span
    var parameters: Span
}

extension Cursor {
    @inline(__always)
    mutating func mediaType() throws(ParseError) -> MediaTypeSpans {
        let type = try token("a media type")
        guard take(UInt8(ascii: "/")) else { throw fail("/ behind the media type") }
        let subtype = try token("a media subtype")
        let start = offset
        while try parameter() != nil {}
        return MediaTypeSpans(type: type, subtype: subtype, parameters: Span(start, offset))
    }
}

extension MediaType {
    /// The texts of a media type that has been read before.
    init(_ cursor: Cursor, _ spans: MediaTypeSpans) {
        self.init(cursor.lowercasedText(spans.type), cursor.lowercasedText(spans.subtype))
        parameters = Parameters(cursor, spans.parameters)
    }
}
