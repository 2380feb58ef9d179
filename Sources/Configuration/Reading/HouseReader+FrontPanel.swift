import Base

extension HouseReader {
    func readButtons(_ file: inout TableReader) {
        for (name, source) in file.tables("buttons") {
            var table = source
            define(.button, name)
            let line = reference("line", to: .line, in: &table, required: true, direction: .input)
            var button = HouseConfiguration.Button(line: line ?? "")
            button.short = readAction("short", in: &table)
            button.double = readAction("double", in: &table)
            button.long = readAction("long", in: &table)
            if let doublePress = table.value("double_press", .duration("100ms", "2s")) { button.doublePress = doublePress }
            if let longPress = table.value("long_press", .duration("200ms", "30s")) { button.longPress = longPress }
            if button.double != nil {
                pressPositions.append((name, "double_press", button.doublePress, table.position(of: "double_press")))
            }
            if button.long != nil {
                pressPositions.append((name, "long_press", button.longPress, table.position(of: "long_press")))
            }
            button.lamp = reference("lamp", to: .lamp, in: &table)
            table.finish()
            if line != nil { house.buttons[name] = button }
        }
    }

    func readChords(_ file: inout TableReader) {
        for (name, source) in file.tables("chords") {
            var table = source
            let members = table.list("buttons", .text) ?? []
            let position = table.position(of: "buttons")
            for member in members { refer(to: .button, member, from: table.name(of: "buttons"), at: position) }
            if !(2...8).contains(members.count) || Set(members).count != members.count {
                report.add(position, "\(table.name(of: "buttons")) is no chord", expected: "2 to 8 different buttons")
            }
            let action = readAction("action", in: &table)
            if !table.has("action") {
                report.add(table.position, "\(table.path) has no action", expected: "such as action = { hang_up = true }")
            }
            let within = table.value("within", .duration("50ms", "2s"))
            let hold = table.value("hold", .duration("0ms", "30s"))
            table.finish()
            guard let action else { continue }
            var chord = HouseConfiguration.Chord(buttons: members, action: action)
            chord.within = within ?? chord.within
            chord.hold = hold ?? chord.hold
            house.chords[name] = chord
            chordPositions[name] = position
        }
    }

    /// What is not longer than the debounce time of the button's line can never be.
    func checkPresses() {
        for press in pressPositions {
            guard let line = house.buttons[press.button]?.line, let debounce = house.lines[line]?.debounce,
                press.time <= debounce
            else { continue }
            report.add(
                press.position, "buttons.\(press.button).\(press.key) is not longer than the debounce of line \"\(line)\"",
                expected: "a longer time, or a shorter debounce")
        }
    }

    /// While the buttons of one chord are pressed, no other may be complete.
    func checkChords() {
        let chords = house.chords.sorted { $0.key < $1.key }
        for (name, chord) in chords {
            let buttons = Set(chord.buttons)
            let whole = chords.first { other in
                other.key != name && buttons.isSubset(of: other.value.buttons)
                    && (buttons.count < other.value.buttons.count || other.key < name)
            }
            guard let whole, let position = chordPositions[name] else { continue }
            report.add(
                position, "chords.\(name) has only buttons that chords.\(whole.key) has, too", expected: "a button of its own")
        }
    }

    private func readAction(_ key: String, in button: inout TableReader) -> HouseConfiguration.Action? {
        guard var table = button.table(key) else { return nil }
        let target = table.value("call", .text)
        let account = reference("account", to: .account, in: &table)
        let hangsUp = table.value("hang_up", .boolean) ?? false
        let door = reference("open", to: .door, in: &table)
        let output = reference("output", to: .output, in: &table)
        table.finish()
        let count = [target != nil, hangsUp, door != nil, output != nil].count { $0 }
        guard count == 1 else {
            report.add(
                table.position, "\(table.path) says \(count == 0 ? "nothing" : "more than one thing") to do",
                expected: "call = \"…\", hang_up = true, open = \"…\" or output = \"…\"")
            return nil
        }
        if let door { return .open(door: door) }
        if let output { return .output(output) }
        guard let target else { return .hangUp }
        guard ["sip:", "sips:"].contains(where: target.lowercased().hasPrefix) else {
            refer(to: .entry, target, from: table.name(of: "call"), at: table.position(of: "call"))
            if account != nil {
                report.add(
                    table.position(of: "account"), "\(table.name(of: "account")) is given for a phone book entry",
                    expected: "it in the phone book entry")
            }
            return .call(.entry(target))
        }
        return table.value("call", uri).map { .call(.uri($0, account: account)) }
    }
}
