/// The parameters behind a URI, a name-addr or a Via: RFC 3261 §25 `generic-param`, in their order.
public struct Parameters: Sendable, Hashable, CustomStringConvertible {
    struct Entry: Sendable, Hashable {
        var name: String
        var value: String?
        /// As it stands in a URI, where that has escapes or should have.
        var written: String?
    }

    private var entries: [Entry] = []

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }
    public var names: [String] { entries.map(\.name) }
    var all: [(name: String, value: String?)] { entries.map { ($0.name, $0.value) } }

    /// The value of the first parameter of this name, in any case of letters; `nil` where it is absent or has none.
    public subscript(name: String) -> String? {
        get { entries.first { isSame($0.name, name) }?.value }
        set {
            let index = entries.firstIndex { isSame($0.name, name) }
            switch (index, newValue) {
            case (let index?, let value?): entries[index] = Entry(name: entries[index].name, value: value)
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

    public var description: String {
        entries.reduce(into: "") { text, entry in
            text += ";" + entry.name
            guard let value = entry.value else { return }
            text += "=" + (entry.isPlain(value) ? value : quoted(value))
        }
    }

    /// As a SIP URI has them: with escapes in place of quotes.
    var uriText: String {
        entries.reduce(into: "") { text, entry in
            text += ";" + (entry.written ?? entry.escaped)
        }
    }
}

extension Parameters.Entry {
    /// From a URI, where names and values may have escapes (RFC 3261 §19.1.2).
    init(written name: String, _ value: String?) {
        self.init(name: unescaped(name), value: value.map { unescaped($0) })
        let isPlain =
            name.utf8.allSatisfy(ByteSet.plainParameter.contains)
            && value?.utf8.allSatisfy(ByteSet.plainParameter.contains) != false
        if !isPlain { written = name + (value.map { "=" + $0 } ?? "") }
    }

    /// Whether the value goes without quotes; that of a tag or a branch always does, for it is read without them only.
    fileprivate func isPlain(_ value: String) -> Bool {
        if isSame(name, "tag") || isSame(name, "branch") { return value.utf8.allSatisfy(ByteSet.parameterValue.contains) }
        return !value.isEmpty && value.utf8.allSatisfy(ByteSet.plainValue.contains)
    }

    fileprivate var escaped: String {
        SIP.escaped(name, except: .plainParameter) + (value.map { "=" + SIP.escaped($0, except: .plainParameter) } ?? "")
    }
}

// MARK: - Reading

/// One parameter as it lies in a message.
struct ParameterSpans {
    var name: Span
    /// Without its quotes.
    var value: Span
    var hasValue: Bool
    var isQuoted: Bool
}

extension Cursor {
    /// Reads a header's parameter, `;name=value`; `nil` where none follows.
    @inline(__always)
    mutating func parameter() throws(ParseError) -> ParameterSpans? {
        guard take(UInt8(ascii: ";")) else { return nil }
        let name = try token("a parameter's name")
        guard take(UInt8(ascii: "=")) else { return ParameterSpans(name: name, value: .none, hasValue: false, isQuoted: false) }
        guard next == UInt8(ascii: "\"") else {
            return ParameterSpans(name: name, value: span(of: .parameterValue), hasValue: true, isQuoted: false)
        }
        return ParameterSpans(name: name, value: try quotedString(), hasValue: true, isQuoted: true)
    }

    /// Whether a value that dialogs and transactions go by is what it looks like to everybody: no quotes, ASCII only.
    @inline(__always)
    func isPlain(_ parameter: ParameterSpans) -> Bool {
        guard !parameter.isQuoted else { return false }
        for index in Int(parameter.value.start)..<max(Int(parameter.value.start), Int(parameter.value.end))
        where !ByteSet.visible.contains(self[index]) { return false }
        return true
    }

    /// Reads a URI's parameter, where no white space may stand.
    @inline(__always)
    mutating func uriParameter() throws(ParseError) -> ParameterSpans? {
        guard next == UInt8(ascii: ";") else { return nil }
        offset &+= 1
        let name = span(of: .uriParameter)
        guard !name.isEmpty else { throw fail("a URI parameter's name") }
        guard next == UInt8(ascii: "=") else {
            return ParameterSpans(name: name, value: .none, hasValue: false, isQuoted: false)
        }
        offset &+= 1
        return ParameterSpans(name: name, value: span(of: .uriParameter), hasValue: true, isQuoted: false)
    }
}

extension Parameters {
    /// The texts of parameters that have been read before.
    init(_ cursor: Cursor, _ span: Span, ofURI isOfURI: Bool = false) {
        var cursor = cursor.part(span)
        while let parameter = try? isOfURI ? cursor.uriParameter() : cursor.parameter() {
            if isOfURI {
                entries.append(
                    Entry(written: cursor.text(parameter.name), parameter.hasValue ? cursor.text(parameter.value) : nil))
                continue
            }
            let value = parameter.isQuoted ? cursor.unquotedText(parameter.value) : cursor.text(parameter.value)
            entries.append(Entry(name: cursor.text(parameter.name), value: parameter.hasValue ? value : nil))
        }
    }
}
