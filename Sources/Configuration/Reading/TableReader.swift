/// Reads one table: each key that is asked for is known from then on, and what nobody asked for is unknown.
struct TableReader {
    /// Where the table stands in the file's tree, such as `buttons.bell`; empty for the whole file.
    let path: String
    let position: Position
    let report: Report
    private let entries: [TOMLNode.Entry]
    private var known: [String] = []

    /// Reports and gives nothing when the node is no table.
    init?(_ node: TOMLNode, path: String, position: Position, report: Report) {
        guard case .table(let entries) = node.kind else {
            report.add(node.position, "\(path) is \(node.summary)", expected: "a table")
            return nil
        }
        self.path = path
        self.position = position
        self.report = report
        self.entries = entries
    }

    func name(of key: String) -> String { path.isEmpty ? Self.quoted(key) : path + "." + Self.quoted(key) }

    /// The value of a key; asking makes the key known.
    mutating func entry(_ key: String) -> TOMLNode.Entry? {
        known.append(key)
        return entries.first { $0.key == key }
    }

    /// The value of a key in that form; `nil` when it is absent or, after it was reported, wrong.
    mutating func value<Value>(_ key: String, _ form: Form<Value>, isSecret: Bool = false) -> Value? {
        guard let entry = entry(key) else { return nil }
        return read(entry.value, as: form, name: name(of: key), isSecret: isSecret)
    }

    /// The value of a key that must be there.
    mutating func required<Value>(_ key: String, _ form: Form<Value>) -> Value? {
        if let entry = entry(key) { return read(entry.value, as: form, name: name(of: key), isSecret: false) }
        report.add(position, "\(path) has no \(key)", expected: form.expected)
        return nil
    }

    /// The values of a list, without those that are wrong; `nil` when the key is absent or no list.
    mutating func list<Value>(_ key: String, _ form: Form<Value>, isSecret: Bool = false) -> [Value]? {
        guard let entry = entry(key) else { return nil }
        guard case .list(let nodes) = entry.value.kind else {
            let value = isSecret ? "not a list" : entry.value.summary
            report.add(entry.value.position, "\(name(of: key)) is \(value)", expected: "a list, each \(form.expected)")
            return nil
        }
        return nodes.compactMap { read($0, as: form, name: "an item of \(name(of: key))", isSecret: isSecret) }
    }

    func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

    /// Where the value of a key stands, for checks that come later.
    func position(of key: String) -> Position {
        entries.first { $0.key == key }?.value.position ?? position
    }

    private func read<Value>(_ node: TOMLNode, as form: Form<Value>, name: String, isSecret: Bool) -> Value? {
        if let value = form.read(node) { return value }
        report.add(node.position, "\(name) is \(isSecret ? "not right" : node.summary)", expected: form.expected)
        return nil
    }

    /// A table in this table.
    mutating func table(_ key: String) -> TableReader? {
        guard let entry = entry(key) else { return nil }
        return TableReader(entry.value, path: name(of: key), position: entry.keyPosition, report: report)
    }

    /// The tables in the table of this key, under the names that people gave them.
    mutating func tables(_ key: String) -> [(name: String, reader: TableReader)] {
        guard let all = table(key) else { return [] }
        return all.entries.compactMap { entry in
            guard !entry.key.isEmpty else {
                report.add(entry.keyPosition, "\(all.path) has an empty name", expected: "a name")
                return nil
            }
            return TableReader(entry.value, path: all.name(of: entry.key), position: entry.keyPosition, report: report)
                .map { (entry.key, $0) }
        }
    }

    /// The values in the table of this key, under names that are not ours, in that form; without those that are wrong.
    mutating func values<Value>(_ key: String, _ form: Form<Value>) -> [(name: String, value: Value)] {
        guard let all = table(key) else { return [] }
        return all.entries.compactMap { entry in
            all.read(entry.value, as: form, name: all.name(of: entry.key), isSecret: false).map { (entry.key, $0) }
        }
    }

    /// Reports the keys that nobody asked for.
    func finish() {
        for entry in entries where !known.contains(entry.key) {
            let hint = suggestion(for: entry.key, among: known).map { ", did you mean \($0)?" } ?? ""
            report.add(
                entry.keyPosition, "unknown key \(name(of: entry.key))\(hint)",
                expected: known.isEmpty ? "nothing here" : "one of " + Set(known).sorted().joined(separator: ", "))
        }
    }

    /// A key as TOML would write it.
    private static func quoted(_ key: String) -> String {
        let isBare =
            !key.isEmpty
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
        return isBare ? key : "\"\(key)\""
    }
}
