import CTOML

/// A place in a text; both numbers count from 1.
struct Position: Hashable, Comparable {
    var line: Int
    var column: Int

    init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// toml++ says 0 where it does not know: the start of the text then.
    init(_ position: ctoml_position) {
        self.init(line: max(1, Int(position.line)), column: max(1, Int(position.column)))
    }

    static func < (left: Position, right: Position) -> Bool { (left.line, left.column) < (right.line, right.column) }
}

/// A value in a TOML text, with the place where it stands.
struct TOMLNode {
    enum Kind {
        case table([Entry])
        case list([TOMLNode])
        case text(String)
        case integer(Int64)
        case number(Double)
        case boolean(Bool)
        case dateOrTime
    }

    struct Entry {
        var key: String
        var keyPosition: Position
        var value: TOMLNode
    }

    private let document: Document
    private let node: OpaquePointer

    var position: Position { Position(ctoml_node_position(node)) }

    /// Read one level deep, when asked.
    var kind: Kind {
        switch ctoml_node_kind(node) {
        case CTOML_TABLE:
            .table(
                children.map { child in
                    let value = TOMLNode(document: document, node: child)
                    return Entry(
                        key: String(ctoml_node_key(child)), keyPosition: Position(ctoml_node_key_position(child)), value: value)
                })
        case CTOML_ARRAY: .list(children.map { TOMLNode(document: document, node: $0) })
        case CTOML_STRING: .text(String(ctoml_node_string(node)))
        case CTOML_INTEGER: .integer(ctoml_node_integer(node))
        case CTOML_FLOAT: .number(ctoml_node_float(node))
        case CTOML_BOOLEAN: .boolean(ctoml_node_boolean(node))
        default: .dateOrTime
        }
    }

    private var children: [OpaquePointer] {
        (0..<ctoml_node_count(node)).compactMap { ctoml_node_child(node, $0) }
    }

    /// What stands there, for messages: the value when it is short, its kind otherwise.
    var summary: String {
        switch kind {
        case .table: "a table"
        case .list: "a list"
        case .text(let text): text.count <= 60 ? "\"\(text)\"" : "\"\(text.prefix(57))…\""
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .dateOrTime: "a date or time"
        }
    }
}

extension TOMLNode {
    /// A parsed text, freed when the last of its nodes is gone.
    private final class Document {
        let pointer: OpaquePointer

        init(_ pointer: OpaquePointer) { self.pointer = pointer }
        deinit { ctoml_free(pointer) }
    }

    /// Why a text is not TOML.
    struct SyntaxError: Error {
        var position: Position
        var what: String
    }

    /// The table of a whole text.
    static func parse(_ text: [UInt8]) throws(SyntaxError) -> TOMLNode {
        let pointer = text.withUnsafeBytes { ctoml_parse($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
        guard let pointer else { throw SyntaxError(position: Position(line: 1, column: 1), what: "memory ran out") }
        let document = Document(pointer)
        guard let root = ctoml_root(pointer) else {
            throw SyntaxError(
                position: Position(ctoml_error_position(pointer)), what: "not TOML: " + String(ctoml_error(pointer)))
        }
        return TOMLNode(document: document, node: root)
    }
}

extension String {
    fileprivate init(_ text: ctoml_text) {
        let bytes = UnsafeRawBufferPointer(start: text.bytes, count: text.count)
        self = String(decoding: bytes, as: UTF8.self)
    }
}
