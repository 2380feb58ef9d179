import Base
import SIP

/// What can be made out of a datagram that is no SIP message, so that a trusted sender learns what is wrong with it.
///
/// RFC 3261 §16.3 and §21.4.1 want 400, §21.5.6 wants 505 for another version. Only a request that is no ACK and has all
/// that a response must copy is answered, and its lines are copied as they stand.
struct MalformedRequest {
    private var copied: [(name: String, value: String)] = []
    private let method: String
    private let version: String

    /// `nil` for what nobody could be answered for.
    init?(_ bytes: [UInt8]) {
        let head = bytes.prefix(4096).split(separator: 0x0A, maxSplits: 64, omittingEmptySubsequences: false)
        let lines = head.map { String(decoding: $0, as: UTF8.self).trimmed }
        guard let start = lines.first?.split(separator: " "), start.count >= 2, let method = start.first,
            let version = start.last,
            version.hasPrefix("SIP/"), !method.hasPrefix("SIP/"), method != "ACK"
        else { return nil }
        self.method = String(method)
        self.version = String(version)
        for line in lines.dropFirst() {
            guard !line.isEmpty, let colon = line.firstIndex(of: ":") else { break }
            let name = String(line[..<colon]).trimmed.lowercased()
            guard let known = Self.copies[name] else { continue }
            let isRepeated = copied.contains { $0.name == known }
            guard known == "Via" || !isRepeated else { continue }
            copied.append((known, String(line[line.index(after: colon)...]).trimmed))
        }
        let names = Set(copied.map(\.name))
        guard names.count == 5, copied.contains(where: { $0.name == "CSeq" && !$0.value.hasSuffix("ACK") }) else { return nil }
    }

    private static let copies = [
        "via": "Via", "v": "Via", "from": "From", "f": "From", "to": "To", "t": "To", "call-id": "Call-ID", "i": "Call-ID",
        "cseq": "CSeq",
    ]

    /// Whether a header's text has a tag, as far as one can tell of a text that may be broken.
    private static func hasTag(_ value: String) -> Bool {
        let text = Array(value.lowercased().utf8)
        let tag = Array(";tag=".utf8)
        return text.indices.contains { text[$0...].starts(with: tag) }
    }

    /// The sender speaks a SIP that we do not: its Via may say so too (RFC 4475 §3.1.2.16).
    var isOtherVersion: Bool { version.uppercased() != "SIP/2.0" }

    /// The same as if the sender spoke our version: with it, the response to another version can be checked like any other.
    var inOurVersion: MalformedRequest {
        var request = self
        for index in copied.indices where copied[index].name == "Via" && copied[index].value.hasPrefix(version + "/") {
            request.copied[index].value = "SIP/2.0" + copied[index].value.dropFirst(version.count)
        }
        return request
    }

    /// 400 with the reason, or 505.
    func response(why: String, toTag: String) -> [UInt8] {
        let status = isOtherVersion ? "505 Version Not Supported" : "400 Bad Request"
        var text = "SIP/2.0 \(status)\r\n"
        for (name, value) in copied {
            let tag = name == "To" && !Self.hasTag(value) ? ";tag=\(toTag)" : ""
            text += "\(name): \(value)\(tag)\r\n"
        }
        if !isOtherVersion { text += "Warning: 399 portier \"\(why.filter { $0 != "\"" && $0 != "\\" })\"\r\n" }
        text += "Content-Length: 0\r\n\r\n"
        return Array(text.utf8)
    }
}
