import JSON

/// The daemon's state as a page: values by name, lists as tables. Knows no names, so that it shows whatever the daemon tells.
enum StateView {
    static func text(_ state: JSONValue) -> String {
        guard let object = state.object else { return Words.text(state) + "\n" }
        let plain = object.filter { !isSection($0.value) }
        var parts = plain.isEmpty ? [] : [list(plain, indented: "")]
        for member in object where isSection(member.value) { parts.append(section(member.name, member.value)) }
        return parts.joined(separator: "\n")
    }

    private static func isSection(_ value: JSONValue) -> Bool {
        switch value {
        case .object(let object): !object.members.isEmpty
        case .array(let values): values.contains { $0.object != nil }
        default: false
        }
    }

    private static func section(_ name: String, _ value: JSONValue) -> String {
        let title = Words.harmless(name) + "\n"
        if let object = value.object { return title + list(object.members, indented: "  ") }
        return title + table(value.array?.compactMap(\.object) ?? [])
    }

    private static func list(_ members: [JSONObject.Member], indented indent: String) -> String {
        let width = members.map { Words.harmless($0.name).count }.max() ?? 0
        return members.map { member in
            indent + Words.padded(Words.harmless(member.name) + ":", to: width + 2) + Words.text(member.value) + "\n"
        }.joined()
    }

    /// One row an object, a column for every name that any of them has.
    private static func table(_ rows: [JSONObject]) -> String {
        var names: [String] = []
        for row in rows { names += row.names.filter { !names.contains($0) } }
        let cells =
            [names.map { Words.harmless($0).uppercased() }] + rows.map { row in names.map { Words.text(row[$0] ?? .null) } }
        let widths = names.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            var line = "  " + zip(row, widths).map { Words.padded($0, to: $1) }.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
