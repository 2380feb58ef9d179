/// The Replaces header: the dialog that an INVITE takes the place of. RFC 3891 §6.1.
public struct Replaces: Sendable, Equatable, CustomStringConvertible {
    public var callID: String
    /// The tags as a request to the one who reads this would have them.
    public var toTag: String
    public var fromTag: String
    /// Only while that dialog is not answered.
    public var isEarlyOnly = false

    public init(callID: String, toTag: String, fromTag: String) {
        self.callID = callID
        self.toTag = toTag
        self.fromTag = fromTag
    }

    /// Reads `call@host;to-tag=a;from-tag=b`; `nil` without both tags, each once.
    public init?(_ value: String) {
        let parts = value.split(separator: ";").map { $0.trimmed }
        guard let callID = parts.first, !callID.isEmpty else { return nil }
        var tags: [String: String] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmed }
            guard let name = pair.first?.lowercased() else { continue }
            guard tags.updateValue(pair.count == 2 ? pair[1] : "", forKey: name) == nil else { return nil }
        }
        guard let toTag = tags["to-tag"], let fromTag = tags["from-tag"] else { return nil }
        self.init(callID: callID, toTag: toTag, fromTag: fromTag)
        isEarlyOnly = tags["early-only"] != nil
    }

    public var description: String {
        "\(callID);to-tag=\(toTag);from-tag=\(fromTag)" + (isEarlyOnly ? ";early-only" : "")
    }
}

extension URI {
    /// The headers that a request to this URI should have, unescaped: RFC 3261 §19.1.1.
    public var headerFields: [HeaderField] {
        headers.split(separator: "&").compactMap { part in
            guard let equals = part.firstIndex(of: "="), let name = Self.unescaped(part[..<equals]),
                let value = Self.unescaped(part[part.index(after: equals)...])
            else { return nil }
            return HeaderField(name: name, value: value)
        }
    }

    /// Adds a header; all but letters and digits are escaped.
    public mutating func addHeader(_ name: String, _ value: String) {
        headers += (headers.isEmpty ? "" : "&") + Self.escapedHeader(name) + "=" + Self.escapedHeader(value)
    }

    private static func escapedHeader(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: result.append(byte)
            default: result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// `nil` for a broken escape, or one of a line end, which could only be meant to smuggle a header in.
    private static func unescaped(_ text: Substring) -> String? {
        var result: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            guard byte == 0x25 else {
                result.append(byte)
                continue
            }
            guard bytes.count >= 2, let value = UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16), value >= 0x20
            else {
                return nil
            }
            result.append(value)
            bytes = bytes.dropFirst(2)
        }
        return String(validating: result, as: UTF8.self)
    }
}
