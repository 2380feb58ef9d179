/// The parameters behind a URI, a name-addr or a Via: RFC 3261 §25 `generic-param`, in their order.
public struct Parameters: Sendable, Hashable, CustomStringConvertible {
    struct Entry: Sendable, Hashable {
        var name: String
        var value: String?
    }

    private var entries: [Entry] = []

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }
    public var names: [String] { entries.map(\.name) }

    /// The value of the first parameter of this name, in any case of letters; `nil` where it is absent or has none.
    public subscript(name: String) -> String? {
        get { entries.first { isSame($0.name, name) }?.value }
        set {
            let index = entries.firstIndex { isSame($0.name, name) }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    public func contains(_ name: String) -> Bool { entries.contains { isSame($0.name, name) } }

    /// Sets a parameter without value, such as `lr`.
    public mutating func setFlag(_ name: String) {
        if !contains(name) { entries.append(Entry(name: name, value: nil)) }
    }

    mutating func append(_ name: String, _ value: String?) { entries.append(Entry(name: name, value: value)) }

    public var description: String {
        entries.reduce(into: "") { text, entry in
            text += ";" + entry.name
            guard let value = entry.value else { return }
            text += "=" + (value.utf8.allSatisfy(Self.needsNoQuotes) && !value.isEmpty ? value : quoted(value))
        }
    }

    private static func needsNoQuotes(_ byte: UInt8) -> Bool {
        Scanner.isToken(byte) || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ":")
            || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "&")
    }

    /// Reads `;name=value` as often as it stands there.
    init(_ scanner: inout Scanner) throws(ParseError) {
        while scanner.take(UInt8(ascii: ";")) {
            let name = try scanner.token("a parameter's name")
            var value: String?
            if scanner.take(UInt8(ascii: "=")) {
                if scanner.next == UInt8(ascii: "\"") {
                    value = try scanner.quotedString()
                } else {
                    let range = scanner.span { !Scanner.isSpace($0) && $0 != 0x3B && $0 != 0x2C && $0 != 0x3E && $0 != 0x22 }
                    value = scanner.text(range)
                }
            }
            append(name, value)
        }
    }
}
