import Base

extension HouseReader {
    func readDoors(_ file: inout TableReader) {
        for (name, source) in file.tables("doors") {
            var table = source
            define(.door, name)
            let lock = readOutput(name, of: .door, in: &table)
            var door = HouseConfiguration.Door(line: "")
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
            readWatch(name, &door, mode: lock?.mode, in: &table)
            table.finish()
            if let lock {
                door.lock = lock
                house.doors[name] = door
            }
        }
    }

    /// What needs a door contact.
    private func readWatch(
        _ name: String, _ door: inout HouseConfiguration.Door, mode: HouseConfiguration.Output.Mode?, in table: inout TableReader
    ) {
        if let relock = table.value("relock", .oneOf) as Relock? { door.relocksOnOpen = relock == .onOpen }
        if door.relocksOnOpen, let mode, mode != .pulse {
            report.add(
                table.position(of: "relock"), "\(table.name(of: "relock")) is \"on open\" for the mode \"\(mode.rawValue)\"",
                expected: "the mode \"pulse\"")
        }
        if let shunt = table.value("shunt", .duration("0s", "10m")) { door.shunt = shunt }
        if let time = table.value("open_too_long", .duration("1s", "24h")) { door.openTooLong = time }
        for key in ["relock", "shunt", "open_too_long"] where table.has(key) {
            contactUses.append(ContactUse(door: name, path: table.name(of: key), position: table.position(of: key)))
        }
    }

    private enum Relock: String, CaseIterable {
        case afterPulse = "after pulse"
        case onOpen = "on open"
    }

    /// A key that means nothing without a door contact.
    struct ContactUse {
        var door: String
        var path: String
        var position: Position
    }

    func checkContactUses() {
        for use in contactUses where !watchedDoors.contains(use.door) {
            report.add(
                use.position, "\(use.path) is given, but no contact says whether the door is open",
                expected: "a contact of kind \"door\" with door = \"\(use.door)\"")
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
