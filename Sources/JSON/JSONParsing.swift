import CJansson

/// Text that is not JSON: where, counted from 1, and what is wrong or was expected there. Repeats nothing of the text.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    public var line: Int
    /// In characters, not bytes.
    public var column: Int
    public var message: String

    public init(line: Int, column: Int, message: String) {
        self.line = line
        self.column = column
        self.message = message
    }

    public var description: String { "line \(line), column \(column): \(message)" }
}

extension JSONValue {
    /// How deep arrays and objects may nest.
    public static let maximumDepth = 64

    /// Reads one value and nothing after it. A name that comes twice in an object is an error.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        if let error = Self.tooDeep(bytes) { throw error }
        guard !bytes.isEmpty else { throw JSONError(line: 1, column: 1, message: "a value expected, found nothing") }
        var error = json_error_t()
        let root = bytes.withUnsafeBytes { buffer in
            json_loadb(buffer.baseAddress, buffer.count, Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY), &error)
        }
        guard let root else { throw JSONError(error) }
        defer { json_decref(root) }
        self.init(root)
    }

    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    private init(_ value: UnsafeMutablePointer<json_t>) {
        switch value.pointee.type {
        case JSON_TRUE: self = .bool(true)
        case JSON_FALSE: self = .bool(false)
        case JSON_INTEGER: self = .integer(Int64(json_integer_value(value)))
        case JSON_REAL: self = .number(json_real_value(value))
        case JSON_STRING:
            let bytes = UnsafeRawBufferPointer(start: json_string_value(value), count: json_string_length(value))
            self = .string(String(decoding: bytes, as: UTF8.self))
        case JSON_ARRAY:
            self = .array((0..<json_array_size(value)).compactMap { json_array_get(value, $0).map { JSONValue($0) } })
        case JSON_OBJECT:
            var object = JSONObject()
            var iterator = json_object_iter(value)
            while let member = iterator {
                if let name = json_object_iter_key(member), let value = json_object_iter_value(member) {
                    object.append(String(cString: name), JSONValue(value))
                }
                iterator = json_object_iter_next(value, member)
            }
            self = .object(object)
        default: self = .null
        }
    }

    /// The first bracket that nests too deep: the readers below go as deep as the text does, and the stack is not endless.
    private static func tooDeep(_ bytes: [UInt8]) -> JSONError? {
        var (depth, line, column) = (0, 1, 0)
        var (isInString, isEscaped) = (false, false)
        for byte in bytes {
            column += byte & 0xC0 == 0x80 ? 0 : 1
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = isInString
            case UInt8(ascii: "\""): isInString.toggle()
            case UInt8(ascii: "\n"): (line, column) = (line + 1, 0)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                guard !isInString else { continue }
                depth += 1
                if depth > maximumDepth {
                    return JSONError(line: line, column: column, message: "nested deeper than \(maximumDepth)")
                }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if !isInString { depth -= 1 }
            default: break
            }
        }
        return nil
    }
}

extension JSONError {
    fileprivate init(_ error: json_error_t) {
        let text = withUnsafeBytes(of: error.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        // The library's words end in a piece of the text, which may be anything.
        let marker = Array(" near ".utf8)
        var message = Array(text.utf8)
        if let cut = message.indices.first(where: { message[$0...].starts(with: marker) }) { message.removeSubrange(cut...) }
        self.init(
            line: max(1, Int(error.line)), column: max(1, Int(error.column)), message: String(decoding: message, as: UTF8.self))
    }
}
