import Base

/// The number that a `tel` URI names: RFC 3966 §3 and §5.
public struct TelephoneNumber: Sendable, Equatable {
    /// Without visual separators; a global number begins with `+`.
    public var digits: String
    /// Where a local number means something: a domain, or the beginning of global numbers.
    public var context: String?
    public var `extension`: String?
    public var subaddress: String?

    public var isGlobal: Bool { digits.hasPrefix("+") }

    /// `nil` for what is no `tel` URI, or not a number.
    public init?(_ uri: URI) {
        guard uri.scheme == "tel", let user = uri.user else { return nil }
        let digits = user.withoutVisualSeparators
        let isGlobal = digits.hasPrefix("+")
        let rest = isGlobal ? digits.dropFirst() : digits[...]
        let isDigit: (UInt8) -> Bool = { byte in
            isGlobal
                ? ByteSet.digit.contains(byte)
                : ByteSet.hexadecimal.contains(byte) || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "#")
        }
        guard !rest.isEmpty, rest.utf8.allSatisfy(isDigit) else { return nil }
        self.digits = digits
        context = uri.parameters["phone-context"]
        `extension` = uri.parameters["ext"]?.withoutVisualSeparators
        subaddress = uri.parameters["isub"]
    }
}

extension String {
    /// Without what only people need in a number: RFC 3966 §5.1.1.
    var withoutVisualSeparators: String { filter { !"-.()".contains($0) } }
}
