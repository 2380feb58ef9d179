import Base

extension HouseReader {
    func readDoors(_ file: inout TableReader) {
        for (name, source) in file.tables("doors") {
            var table = source
            let line = reference("line", to: .line, in: &table, required: true, direction: .output)
            var door = HouseConfiguration.Door(line: line ?? "")
            if let pulse = table.value("pulse", .duration("50ms", "10m")) { door.pulse = pulse }
            door.codes = readCodes(&table)
            if let timeout = table.value("code_timeout", .duration("1s", "1m")) { door.codeTimeout = timeout }
            if let count = table.value("wrong_codes", .integer(1...100)) { door.wrongCodes = count }
            if let time = table.value("lock_out", .duration("1s", "24h")) { door.lockOut = time }
            if let limit = table.value("lock_out_limit", .duration("1s", "24h")) { door.lockOutLimit = limit }
            if door.lockOutLimit < door.lockOut {
                if table.entry("lock_out_limit") == nil {
                    door.lockOutLimit = door.lockOut
                } else {
                    report.add(
                        table.position(of: "lock_out_limit"), "\(table.name(of: "lock_out_limit")) is shorter than lock_out",
                        expected: "lock_out or longer")
                }
            }
            table.finish()
            if line != nil { house.doors[name] = door }
        }
    }

    private func readCodes(_ table: inout TableReader) -> [Secret] {
        if let codes = table.list("codes", Self.code, isSecret: true) {
            _ = secretText("codes", in: &table)  // for what is wrong with giving both
            return codes
        }
        guard let text = secretText("codes", in: &table) else { return [] }
        let lines = text.split(whereSeparator: \.isNewline).map { line in line.filter { $0 != " " && $0 != "\t" } }
        let codes = lines.filter { !$0.isEmpty }.map { Self.code(String($0)) }
        if codes.contains(nil) {
            let key = ["codes_file", "codes_credential"].first { table.entry($0) != nil } ?? "codes"
            report.add(
                table.position(of: key), "\(table.name(of: key)) has a line that is no key code",
                expected: "\(Self.code.expected), one a line")
        }
        return codes.compactMap { $0 }
    }

    private static var code: Form<Secret> {
        .text("a key code of 1 to 32 keys 0-9 * # A-D in quotes, with # at its end only") { code($0) }
    }

    private static func code(_ text: String) -> Secret? {
        let text = text.uppercased()
        let keys = text.utf8
        guard (1...32).contains(keys.count), keys.allSatisfy({ "0123456789*#ABCD".utf8.contains($0) }) else { return nil }
        // A lone # is no code, and # ends what is keyed in: no key after it would count.
        guard !keys.dropLast().contains(UInt8(ascii: "#")), text != "#" else { return nil }
        return Secret(text)
    }
}
