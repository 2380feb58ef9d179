/// One part of a message's body: RFC 2046 §5.1, RFC 5621. A body that is no multipart is its only part.
public struct BodyPart: Sendable, Equatable {
    public var type: MediaType
    /// What it is for, in lower case, such as `session`; `nil` where it does not say.
    public var disposition: String?
    /// Whether its sender says that who cannot read it must refuse the whole (`handling=required`).
    public var isRequired = false
    /// Whether its sender says that who cannot read it may pass it over (`handling=optional`).
    public var isOptional = false
    /// Whether the bytes are what they say, and not packed or written in another alphabet.
    public var isPlain = true
    public var bytes: [UInt8]
}

extension Message {
    /// The parts of the body in their order, those inside of parts included.
    public var bodyParts: [BodyPart] {
        guard !index.body.isEmpty else { return [] }
        var part = BodyPart(type: contentType ?? MediaType("", ""), bytes: body)
        part.isPlain = BodyPart.isPlain(header("Content-Encoding")) && BodyPart.isPlain(header("Content-Transfer-Encoding"))
        part.setDisposition(header("Content-Disposition"))
        return part.flattened(depth: 0)
    }

    /// The session description that it brings, alone or in a multipart; empty when it brings none.
    ///
    /// The last of several: those of multipart/alternative stand in the order of what their sender prefers (RFC 2046 §5.1.4).
    public var sessionBody: [UInt8] {
        guard !index.body.isEmpty else { return [] }
        guard let contentType else { return header("Content-Type") == nil ? body : [] }
        if contentType.type == "application", contentType.subtype == "sdp" { return body }
        return bodyParts.last { $0.isSession }?.bytes ?? []
    }
}

extension BodyPart {
    public var isSession: Bool {
        type.type == "application" && type.subtype == "sdp" && isPlain && (disposition ?? "session") == "session"
    }

    /// No message needs more; deeper or further parts are not looked for.
    static let maximumDepth = 3
    static let maximumParts = 16

    func flattened(depth: Int) -> [BodyPart] {
        guard type.type == "multipart", isPlain, depth < Self.maximumDepth, let boundary = type.parameters["boundary"] else {
            return [self]
        }
        return Self.parts(of: bytes, boundary: Array(boundary.utf8)).flatMap { $0.flattened(depth: depth + 1) }
    }

    /// What stands between the boundary's lines; the last may lack its end.
    private static func parts(of bytes: [UInt8], boundary: [UInt8]) -> [BodyPart] {
        guard (1...70).contains(boundary.count) else { return [] }
        let mark = [UInt8(ascii: "-"), UInt8(ascii: "-")] + boundary
        var parts: [BodyPart] = []
        var start: Int?
        var line = 0
        while line < bytes.count, parts.count < maximumParts {
            let lineFeed = bytes[line...].firstIndex(of: 0x0A) ?? bytes.count
            let text = bytes[line..<lineFeed]
            if text.starts(with: mark) {
                let rest = text.dropFirst(mark.count)
                let isLast = rest.starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")])
                if isLast || rest.allSatisfy(ByteSet.space.contains) {
                    if let start { parts.append(BodyPart(reading: bytes[start..<contentEnd(bytes, start, line)])) }
                    start = isLast ? nil : min(lineFeed + 1, bytes.count)
                    if isLast { return parts }
                }
            }
            line = lineFeed + 1
        }
        if let start, parts.count < maximumParts { parts.append(BodyPart(reading: bytes[start...])) }
        return parts
    }

    /// The line end before a boundary belongs to the boundary.
    private static func contentEnd(_ bytes: [UInt8], _ start: Int, _ line: Int) -> Int {
        guard line > start, bytes[line - 1] == 0x0A else { return max(start, line) }
        return line - 1 > start && bytes[line - 2] == 0x0D ? line - 2 : line - 1
    }

    /// Headers, an empty line, content.
    private init(reading bytes: ArraySlice<UInt8>) {
        self.init(type: MediaType("text", "plain"), bytes: [])
        var line = bytes.startIndex
        var header: [UInt8] = []
        while line < bytes.endIndex {
            let lineFeed = bytes[line...].firstIndex(of: 0x0A) ?? bytes.endIndex
            let text = bytes[line..<lineFeed]
            line = min(lineFeed + 1, bytes.endIndex)
            if text.first == 0x20 || text.first == 0x09 {
                header += text
                continue
            }
            take(header: header)
            header = Array(text)
            guard text.contains(where: { !ByteSet.space.contains($0) }) else { break }
        }
        take(header: header)
        self.bytes = Array(bytes[line...])
    }

    private mutating func take(header: [UInt8]) {
        guard let colon = header.firstIndex(of: UInt8(ascii: ":")) else { return }
        let name = String(decoding: header[..<colon], as: UTF8.self).trimmed
        let value = String(decoding: header[(colon + 1)...], as: UTF8.self).trimmed
        if isSame(name, "Content-Type") || isSame(name, "c") {
            type = (try? MediaType(reading: value)) ?? MediaType("", "")
        } else if isSame(name, "Content-Transfer-Encoding") || isSame(name, "Content-Encoding") || isSame(name, "e") {
            isPlain = isPlain && Self.isPlain(value)
        } else if isSame(name, "Content-Disposition") {
            setDisposition(value)
        }
    }

    fileprivate static func isPlain(_ encoding: String?) -> Bool {
        guard let encoding else { return true }
        return ["identity", "binary", "8bit", "7bit"].contains { isSame($0, encoding.trimmed) }
    }

    fileprivate mutating func setDisposition(_ value: String?) {
        guard let value, let read = try? value.read({ (cursor) throws(ParseError) in try cursor.disposition() }) else { return }
        disposition = read.type
        isRequired = read.handling == "required"
        isOptional = read.handling == "optional"
    }
}

extension Cursor {
    /// Content-Disposition: RFC 3261 §20.11.
    fileprivate mutating func disposition() throws(ParseError) -> (type: String, handling: String) {
        let type = lowercasedText(try token("a disposition"))
        var handling = ""
        while let parameter = try parameter() {
            if matches(parameter.name, "handling") { handling = lowercasedText(parameter.value) }
        }
        return (type, handling)
    }
}
