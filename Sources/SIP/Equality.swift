import Base

/// Whether two things mean the same, as RFC 3261 §19.1.4, §20 and RFC 3966 §4 define it.
///
/// This is not `==`: it is not transitive, because an unknown parameter that only one URI has is passed over.
extension URI {
    public func matches(_ other: URI) -> Bool {
        guard scheme == other.scheme else { return false }
        switch scheme {
        case "sip", "sips":
            return writtenUser.map(normalized) == other.writtenUser.map(normalized)
                && writtenPassword.map(normalized) == other.writtenPassword.map(normalized)
                && isSameHost(host, other.host) && port == other.port && parametersMatch(other) && headersMatch(other)
        case "tel":
            return telephoneMatches(other)
        default:
            return host == other.host
        }
    }

    /// Those whose absence means something, so that one URI alone having them is a difference.
    private static let significant = ["user", "ttl", "method", "maddr", "transport"]

    private func parametersMatch(_ other: URI) -> Bool {
        let isSameValue = { (_: String, one: String, two: String) in isSame(one, two) }
        return parameters.agree(with: other.parameters, isSameValue) && other.parameters.agree(with: parameters, isSameValue)
            && Self.significant.allSatisfy { parameters.contains($0) == other.parameters.contains($0) }
    }

    private func headersMatch(_ other: URI) -> Bool {
        var rest = other.headerFields
        let own = headerFields
        let isWhole = { (uri: URI, fields: [HeaderField]) in uri.headers.split(separator: "&").count == fields.count }
        guard isWhole(self, own), isWhole(other, rest) else { return headers == other.headers }
        guard own.count == rest.count else { return false }
        for field in own {
            guard let index = rest.firstIndex(where: { $0.matches(field) }) else { return false }
            rest.remove(at: index)
        }
        return true
    }

    private func telephoneMatches(_ other: URI) -> Bool {
        guard isSame((user ?? "").withoutVisualSeparators, (other.user ?? "").withoutVisualSeparators),
            parameters.names.count == other.parameters.names.count
        else { return false }
        return parameters.matches(other.parameters) { name, one, two in
            let isNumber = isSame(name, "ext") || isSame(name, "phone-context") && one.hasPrefix("+")
            return isNumber ? one.withoutVisualSeparators == two.withoutVisualSeparators : isSame(one, two)
        }
    }
}

extension NameAddress {
    /// As §20.10, §20.20 and §20.39 compare: URIs and all parameters, but not the name that is shown.
    public func matches(_ other: NameAddress) -> Bool {
        uri.matches(other.uri) && parameters.matches(other.parameters)
    }
}

extension Via {
    public func matches(_ other: Via) -> Bool {
        isSame(transport, other.transport) && isSameHost(host, other.host) && port == other.port
            && parameters.matches(other.parameters)
    }
}

extension MediaType {
    public func matches(_ other: MediaType) -> Bool {
        isSame(type, other.type) && isSame(subtype, other.subtype) && parameters.matches(other.parameters)
    }
}

extension Parameters {
    /// The same parameters in any order (§7.3.1). A value that needs quotes is compared with the case of its letters.
    func matches(_ other: Parameters) -> Bool {
        matches(other) { _, one, two in one == two || one.utf8.allSatisfy(ByteSet.plainValue.contains) && isSame(one, two) }
    }

    /// The same names in any order, with values that `isSameValue(name, one, two)` takes for the same.
    ///
    /// One that stands there twice, which no message may have, is the same only as another that has both values.
    fileprivate func matches(_ other: Parameters, _ isSameValue: (String, String, String) -> Bool) -> Bool {
        all.count == other.all.count && all.allSatisfy { other.contains($0.name) } && agree(with: other, isSameValue)
            && other.agree(with: self, isSameValue)
    }

    /// Whether the others have the same value too for each name that they have at all.
    fileprivate func agree(with other: Parameters, _ isSameValue: (String, String, String) -> Bool) -> Bool {
        all.allSatisfy { name, value in
            let namesakes = other.all.filter { isSame($0.name, name) }
            return namesakes.isEmpty || namesakes.contains { isSameValue(name, value ?? "", $0.value ?? "") }
        }
    }
}

extension HeaderField {
    /// Whether two headers say the same: names in both forms, values as their kind is compared (§7.3.1, §20).
    public func matches(_ other: HeaderField) -> Bool {
        let kind = HeaderName(name)
        guard kind == HeaderName(other.name),
            kind != .other || isSame(name, other.name) || HeaderName.otherForm(of: name).map({ isSame($0, other.name) }) == true
        else { return false }
        switch kind {
        case .from, .to, .contact, .route, .recordRoute:
            guard let one = try? NameAddress(value), let two = try? NameAddress(other.value) else { return value == other.value }
            return one.matches(two)
        case .contentType:
            guard let one = try? MediaType(reading: value), let two = try? MediaType(reading: other.value) else {
                return value == other.value
            }
            return one.matches(two)
        case .callID, .cseq:
            return value == other.value
        default:
            return comparable(value) == comparable(other.value)
        }
    }
}

/// A header's value in the form it is compared in: no white space but between words, and letters in lower case, except in
/// quoted strings.
private func comparable(_ value: String) -> [UInt8] {
    var result: [UInt8] = []
    var isQuoted = false
    var isEscaped = false
    var isSpace = false
    for byte in value.utf8 {
        if isQuoted {
            result.append(byte)
            isQuoted = isEscaped || byte != UInt8(ascii: "\"")
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            continue
        }
        guard !ByteSet.space.contains(byte) else {
            isSpace = true
            continue
        }
        let isWord = ByteSet.token.contains(byte)
        if isSpace, isWord, let last = result.last, ByteSet.token.contains(last) { result.append(0x20) }
        isSpace = false
        isQuoted = byte == UInt8(ascii: "\"")
        result.append(lowercased(byte))
    }
    return result
}

/// Addresses are compared as numbers (RFC 5954 §4), names in any case of letters.
private func isSameHost(_ one: String, _ two: String) -> Bool {
    if isSame(one, two) { return true }
    guard let address = IPAddress(one) else { return false }
    return address == IPAddress(two)
}

/// `text` with the escapes of all but reserved characters undone: those of RFC 2396 §2.2 differ from what they escape.
private func normalized(_ text: String) -> [UInt8] {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return Array(text.utf8) }
    let reserved = ByteSet.reserved
    var result: [UInt8] = []
    var index = text.utf8.startIndex
    let bytes = text.utf8
    while index < bytes.endIndex {
        let next = bytes.index(index, offsetBy: 3, limitedBy: bytes.endIndex)
        if bytes[index] == UInt8(ascii: "%"), let next, let escape = String(bytes[index..<next]) {
            let plain = Array(unescapedBytes(escape))
            if plain.count == 1, !reserved.contains(plain[0]), plain[0] != UInt8(ascii: "%") {
                result += plain
            } else {
                result += Array(escape.uppercased().utf8)
            }
            index = next
        } else {
            result.append(bytes[index])
            index = bytes.index(after: index)
        }
    }
    return result
}
