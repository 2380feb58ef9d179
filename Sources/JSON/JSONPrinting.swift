/// In which order the members of an object are printed.
public enum JSONOrder: Sendable, Equatable {
    /// As they were set.
    case inserted
    /// By name, for texts that are compared.
    case sorted
}

extension JSONValue: CustomStringConvertible {
    /// One line, no spaces, members as they were set.
    public var description: String { text() }

    public func text(order: JSONOrder = .inserted) -> String {
        String(decoding: encoded(order: order), as: UTF8.self)
    }

    /// One line without its end, no spaces, in UTF-8. What JSON cannot say (infinity, not a number) becomes null.
    public func encoded(order: JSONOrder = .inserted) -> [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes, order: order)
        return bytes
    }

    public func encode(into bytes: inout [UInt8], order: JSONOrder = .inserted) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += String(value).utf8
        case .number(let value): bytes += (value.isFinite ? value.description : "null").utf8
        case .string(let value): Self.encode(value, into: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.encode(into: &bytes, order: order)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            let members = order == .sorted ? object.members.sorted { $0.name < $1.name } : object.members
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.encode(member.name, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.encode(into: &bytes, order: order)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func encode(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\t"): bytes += "\\t".utf8
            case 0..<0x20, 0x7F:
                bytes += "\\u00".utf8
                bytes.append(hexadecimal(byte >> 4))
                bytes.append(hexadecimal(byte & 15))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
