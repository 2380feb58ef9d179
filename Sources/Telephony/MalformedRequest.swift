import Base
import SIP

/// What can be made out of a datagram that is no SIP message, so that a trusted sender learns what is wrong with it.
///
/// RFC 3261 §16.3 and §21.4.1 want 400, §21.5.6 wants 505 for another version, and an unknown method is 501 whatever else is
/// wrong (§8.2.1). Only a request that is no ACK and names a Via and a CSeq is answered. What a response must copy is copied
/// as it stands: its sender knows what it meant.
struct MalformedRequest {
    private var vias: [String] = []
    private var copied: [(name: String, value: String)] = []
    private let method: String
    private let version: String

    /// `nil` for what nobody could be answered for.
    init?(_ bytes: [UInt8]) {
        var lines = Self.lines(bytes)
        guard !lines.isEmpty else { return nil }
        let start = lines.removeFirst().split(separator: " ")
        guard start.count >= 2, let method = start.first, let version = start.last, version.hasPrefix("SIP/"),
            !method.hasPrefix("SIP/"), method != "ACK"
        else { return nil }
        self.method = String(method)
        self.version = String(version)
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = String(line[line.index(after: colon)...]).trimmed
            switch String(line[..<colon]).trimmed.lowercased() {
            case "via", "v": vias.append(value)
            case "from", "f": copy("From", value)
            case "to", "t": copy("To", value)
            case "call-id", "i": copy("Call-ID", value)
            case "cseq": copy("CSeq", value)
            default: break
            }
        }
        guard !vias.isEmpty, let cseq = copied.first(where: { $0.name == "CSeq" }), !cseq.value.hasSuffix("ACK") else {
            return nil
        }
    }

    /// The first of several; which one was meant nobody knows.
    private mutating func copy(_ name: String, _ value: String) {
        if !copied.contains(where: { $0.name == name }) { copied.append((name, value)) }
    }

    /// Start line and headers, each on one line, without what could end a line or a text.
    private static func lines(_ bytes: [UInt8]) -> [String] {
        var lines: [[UInt8]] = []
        for line in bytes.drop(while: { $0 == 0x0D || $0 == 0x0A }).split(separator: 0x0A, omittingEmptySubsequences: false) {
            let text = line.last == 0x0D ? line.dropLast() : line
            guard !text.isEmpty, lines.count < 256 else { break }
            let clean = text.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
            if text.first == 0x20 || text.first == 0x09, lines.count > 1 {
                lines[lines.count - 1] += clean
            } else {
                lines.append(clean)
            }
        }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The response, and where it goes.
    func answer(why: String, to source: Hop, toTag: String, allowing methods: String) -> (bytes: [UInt8], to: Hop) {
        let isOtherVersion = version.uppercased() != "SIP/2.0"
        let status = isOtherVersion ? 505 : isUnknownMethod ? 501 : 400
        var text = "SIP/2.0 \(status) \(Response.phrase(of: status))\r\n"
        let stub = readableVias
        // Its Vias say the other version too, or ours.
        let namesVersion = isOtherVersion && vias.contains { $0.hasPrefix(version + "/") }
        let response = stub.map { Response(to: $0, from: source.address, status: status, toTag: nil) }
        for via in response?.headers.filter({ $0.name == "Via" }).map(\.value) ?? vias {
            text += "Via: \(namesVersion && via.hasPrefix("SIP/2.0/") ? version + via.dropFirst(7) : via)\r\n"
        }
        for (name, value) in copied {
            text += "\(name): \(value)\(name == "To" && !Self.hasTag(value) ? ";tag=\(toTag)" : "")\r\n"
        }
        if status == 400 { text += "Warning: 399 portier \"\(why.filter { $0 != "\"" && $0 != "\\" })\"\r\n" }
        if status == 501 { text += "Allow: \(methods)\r\n" }
        text += "Content-Length: 0\r\n\r\n"
        return (Array(text.utf8), stub?.answerHop(source: source) ?? source)
    }

    private var isUnknownMethod: Bool { if case .other = Method(method) { true } else { false } }

    /// Whether a header's text has a tag, as far as one can tell of a text that may be broken.
    private static func hasTag(_ value: String) -> Bool {
        let text = Array(value.lowercased().utf8)
        let tag = Array(";tag".utf8)
        return text.indices.contains { text[$0...].starts(with: tag) }
    }

    /// A request that has the same Vias, in our version (RFC 4475 §3.1.2.16), and nothing malformed; `nil` where they are.
    private var readableVias: Message? {
        let ours = vias.map { $0.hasPrefix(version + "/") ? "SIP/2.0" + $0.dropFirst(version.count) : $0 }
        var request = Request(method: .options, uri: URI(host: "invalid"))
        request.headers = ours.map { HeaderField(name: "Via", value: $0) }
        for (name, value) in [("From", "<sip:invalid>"), ("To", "<sip:invalid>"), ("Call-ID", "x"), ("CSeq", "1 OPTIONS")] {
            request.headers.append(HeaderField(name: name, value: value))
        }
        return try? Message(parsing: request.encoded())
    }
}
