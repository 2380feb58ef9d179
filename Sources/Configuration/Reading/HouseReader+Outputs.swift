import Base

extension HouseReader {
    func readOutputs(_ file: inout TableReader) {
        for (name, source) in file.tables("outputs") {
            var table = source
            define(.output, name)
            let output = readOutput(name, of: .output, in: &table)
            table.finish()
            if let output { house.outputs[name] = output }
        }
    }

    /// The keys that doors and outputs have alike; `nil` without a line.
    func readOutput(_ name: String, of kind: Reference.Kind, in table: inout TableReader) -> HouseConfiguration.Output? {
        let line = reference("line", to: .line, in: &table, required: true, direction: .output)
        var output = HouseConfiguration.Output(line: line ?? "")
        if let mode = table.value("mode", .oneOf) as HouseConfiguration.Output.Mode? { output.mode = mode }
        if let pulse = table.value("pulse", .duration("50ms", "10m")) { output.pulse = pulse }
        if let limit = table.value("hold_limit", .duration("1s", "24h")) { output.holdLimit = limit }
        if output.mode != .hold, let entry = table.entry("hold_limit") {
            report.add(
                entry.keyPosition, "\(table.name(of: "hold_limit")) is given for the mode \"\(output.mode.rawValue)\"",
                expected: "the mode \"hold\"")
        }
        output.interlock = references("interlock", to: kind, in: &table)
        if output.interlock.contains(name) {
            report.add(
                table.position(of: "interlock"), "\(table.name(of: "interlock")) has \"\(name)\" itself", expected: "others")
        }
        return line == nil ? nil : output
    }

    func readContacts(_ file: inout TableReader) {
        for (name, source) in file.tables("contacts") {
            var table = source
            let line = reference("line", to: .line, in: &table, required: true, direction: .input)
            let kind = table.required("kind", .oneOf) as HouseConfiguration.Contact.Kind?
            var contact = HouseConfiguration.Contact(line: line ?? "", kind: kind ?? .door)
            let needsDoor = kind == .door || kind == .exit
            contact.door = reference("door", to: .door, in: &table, required: needsDoor)
            if kind == .door, let door = contact.door { watchedDoors.insert(door) }
            if let releases = table.value("releases", .boolean) { contact.releases = releases }
            if !contact.releases, let door = contact.door {
                contactUses.append(
                    ContactUse(door: door, path: table.name(of: "releases"), position: table.position(of: "releases")))
            }
            if let time = table.value("hold_off", .duration("0s", "24h")) { contact.holdOff = time }
            if let kind {
                refuse("door", unless: needsDoor, for: kind, expected: "it for \"door\" and \"exit\" only", in: &table)
                refuse("releases", unless: kind == .exit, for: kind, expected: "it for \"exit\" only", in: &table)
                refuse("hold_off", unless: kind == .motion, for: kind, expected: "it for \"motion\" only", in: &table)
            }
            table.finish()
            if line != nil, kind != nil { house.contacts[name] = contact }
        }
    }

    private func refuse(
        _ key: String, unless isRight: Bool, for kind: HouseConfiguration.Contact.Kind, expected: String,
        in table: inout TableReader
    ) {
        guard !isRight, let entry = table.entry(key) else { return }
        report.add(
            entry.keyPosition, "\(table.name(of: key)) is given for a contact of kind \"\(kind.rawValue)\"", expected: expected)
    }

    func readAlarms(_ file: inout TableReader) {
        guard var table = file.table("alarms") else { return }
        house.alarms.message = reference("message", to: .entry, in: &table)
        table.finish()
    }
}
