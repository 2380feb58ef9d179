import Base

extension HouseReader {
    func readButtons(_ file: inout TableReader) {
        for (name, source) in file.tables("buttons") {
            var table = source
            let line = reference("line", to: .line, in: &table, required: true, direction: .input)
            var button = HouseConfiguration.Button(line: line ?? "")
            button.short = readAction("short", in: &table)
            button.long = readAction("long", in: &table)
            if let longPress = table.value("long_press", .duration("200ms", "30s")) { button.longPress = longPress }
            button.lamp = reference("lamp", to: .lamp, in: &table)
            table.finish()
            if line != nil { house.buttons[name] = button }
        }
    }

    private func readAction(_ key: String, in button: inout TableReader) -> HouseConfiguration.Action? {
        guard var table = button.table(key) else { return nil }
        let target = table.value("call", .text)
        let account = reference("account", to: .account, in: &table)
        let hangsUp = table.value("hang_up", .boolean) ?? false
        table.finish()
        guard (target != nil) != hangsUp else {
            let both = target != nil
            let what = both ? "says both whom to call and to hang up" : "says neither whom to call nor to hang up"
            report.add(table.position, "\(table.path) \(what)", expected: "call = \"…\" or hang_up = true")
            return nil
        }
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

    func readLamps(_ file: inout TableReader) {
        for (name, source) in file.tables("lamps") {
            var table = source
            define(.lamp, name)
            let line = reference("line", to: .line, in: &table, required: true, direction: .output)
            var lamp = HouseConfiguration.Lamp(line: line ?? "")
            if let pattern = table.value("idle", Self.pattern) { lamp.idle = pattern }
            if let pattern = table.value("calling", Self.pattern) { lamp.calling = pattern }
            if let pattern = table.value("ringing", Self.pattern) { lamp.ringing = pattern }
            if let pattern = table.value("talking", Self.pattern) { lamp.talking = pattern }
            if let pattern = table.value("refused", Self.pattern) { lamp.refused = pattern }
            if let pattern = table.value("busy", Self.pattern) { lamp.busy = pattern }
            if let pattern = table.value("no_answer", Self.pattern) { lamp.noAnswer = pattern }
            if let pattern = table.value("fault", Self.pattern) { lamp.fault = pattern }
            table.finish()
            if line != nil { house.lamps[name] = lamp }
        }
    }

    private static var pattern: Form<LampPattern> {
        let names = alternatives(LampPattern.named.map(\.name))
        return Form("\(names), or up to 32 steps such as [\"on 100ms\", \"off 900ms\"], each from 10ms to 1h") { node in
            switch node.kind {
            case .text(let text):
                return LampPattern.named.first { $0.name == text }?.pattern
            case .list(let nodes):
                let steps = nodes.compactMap { step($0) }
                return steps.count == nodes.count && (1...32).contains(steps.count) ? .steps(steps) : nil
            default:
                return nil
            }
        }
    }

    private static func step(_ node: TOMLNode) -> LampPattern.Step? {
        guard case .text(let text) = node.kind else { return nil }
        let words = text.split(separator: " ")
        guard words.count == 2, words[0] == "on" || words[0] == "off", let duration = Duration(text: String(words[1])),
            (Duration.milliseconds(10)...Duration.seconds(3600)).contains(duration)
        else { return nil }
        return LampPattern.Step(isLit: words[0] == "on", duration: duration)
    }
}
