import Base

/// A SIP message as a naive reader sees it, so that the product's parser is not its own judge in stories.
///
/// It splits lines and colons and knows nothing else: good for well-formed messages only.
public struct WireMessage: Sendable {
    public struct Field: Sendable {
        public var name: String
        public var value: String
    }

    public var startLine: String
    public var fields: [Field]
    public var body: String

    public init?(_ bytes: [UInt8]) {
        var lines = Self.lines(of: bytes)
        guard let first = lines.first, first.contains("SIP/2.0") else { return nil }
        lines.removeFirst()
        startLine = first
        fields = []
        while let line = lines.first, !line.isEmpty {
            lines.removeFirst()
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let name = line[..<colon].trimmed.lowercased()
            fields.append(Field(name: Self.longNames[name] ?? name, value: line[line.index(after: colon)...].trimmed))
        }
        body = lines.dropFirst().joined(separator: "\r\n")
    }

    private static let longNames = [
        "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type",
        "k": "supported",
    ]

    private static func lines(of bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self)
        }
    }

    // MARK: What stories ask for

    /// The first value of a header; the name in lower case.
    public subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    public func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    public var isRequest: Bool { !startLine.hasPrefix("SIP/2.0") }
    /// `INVITE`; of a response the method that it answers.
    public var method: String { isRequest ? startLine.word(0) : (self["cseq"] ?? "").word(1) }
    public var uri: String { isRequest ? startLine.word(1) : "" }
    public var status: Int? { isRequest ? nil : Int(startLine.word(1)) }
    public var callID: String { self["call-id"] ?? "" }
    public var sequence: Int { Int((self["cseq"] ?? "").word(0)) ?? -1 }
    public var fromTag: String? { self["from"].flatMap { $0.parameter("tag") } }
    public var toTag: String? { self["to"].flatMap { $0.parameter("tag") } }
    public var branch: String? { self["via"].flatMap { $0.parameter("branch") } }
    /// The URI in the first Contact.
    public var contact: String? { self["contact"]?.addressSpecification }

    /// `INVITE`, or `180 INVITE` for a response: what stories compare.
    public var summary: String { status.map { "\($0) \(method)" } ?? method }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        var text = Substring(self)
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}

extension String {
    func word(_ index: Int) -> String {
        let words = split(separator: " ")
        return index < words.count ? String(words[index]) : ""
    }

    /// The value of `;name=value`, with or without quotes.
    func parameter(_ name: String) -> String? {
        for part in split(separator: ";").dropFirst() where part.trimmed.lowercased().hasPrefix(name + "=") {
            return String(part.trimmed.dropFirst(name.count + 1).filter { $0 != "\"" })
        }
        return nil
    }

    /// What stands between angle brackets, or before the first parameter.
    var addressSpecification: String {
        if let open = firstIndex(of: "<"), let close = firstIndex(of: ">"), open < close {
            return String(self[index(after: open)..<close])
        }
        return String(split(separator: ";").first ?? "").trimmed
    }

    /// The values of a comma-separated list of `name=value` or `name="value"`, such as digest credentials.
    var quotedParameters: [String: String] {
        var result: [String: String] = [:]
        var rest = Substring(self)
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].trimmed.lowercased()
            rest = rest[rest.index(after: equals)...]
            let value: String
            if rest.first == "\"" {
                rest.removeFirst()
                let end = rest.firstIndex(of: "\"") ?? rest.endIndex
                value = String(rest[..<end])
                rest = rest[end...].drop { $0 != "," }.dropFirst()
            } else {
                let end = rest.firstIndex(of: ",") ?? rest.endIndex
                value = rest[..<end].trimmed
                rest = rest[end...].dropFirst()
            }
            result[name] = value
        }
        return result
    }
}
