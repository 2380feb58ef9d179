import Base

extension HouseReader {
    func readLamps(_ file: inout TableReader) {
        for (name, source) in file.tables("lamps") {
            var table = source
            define(.lamp, name)
            let outputs = readLampOutputs(&table)
            var lamp = HouseConfiguration.Lamp(line: "")
            if let outputs { lamp.outputs = outputs }
            let states: [(key: String, pattern: WritableKeyPath<HouseConfiguration.Lamp, LampPattern>)] = [
                ("idle", \.idle), ("calling", \.calling), ("ringing", \.ringing), ("talking", \.talking), ("busy", \.busy),
                ("refused", \.refused), ("no_answer", \.noAnswer), ("fault", \.fault),
                ("alarm", \.alarm),
            ]
            for state in states {
                guard let pattern = table.value(state.key, Self.pattern) else { continue }
                lamp[keyPath: state.pattern] = pattern
                if let outputs { check(pattern, outputs, at: state.key, in: table) }
            }
            table.finish()
            if outputs != nil { house.lamps[name] = lamp }
        }
    }

    /// One line, or one for each colour.
    private func readLampOutputs(_ table: inout TableReader) -> HouseConfiguration.Lamp.Outputs? {
        let colours = ["red", "green", "blue"]
        guard colours.contains(where: table.has) else {
            for colour in colours { _ = table.entry(colour) }
            let line = reference("line", to: .line, in: &table, required: true, direction: .output, takesPWM: true)
            return line.map { .one($0) }
        }
        if let entry = table.entry("line") {
            report.add(
                entry.keyPosition, "\(table.name(of: "line")) is given beside colours", expected: "line, or red, green and blue")
        }
        let lines = colours.map {
            reference($0, to: .line, in: &table, required: true, direction: .output, takesPWM: true)
        }
        guard let red = lines[0], let green = lines[1], let blue = lines[2] else { return nil }
        return .colours(red: red, green: green, blue: blue)
    }

    /// What a lamp's lines cannot show is told, not approximated.
    private func check(
        _ pattern: LampPattern, _ outputs: HouseConfiguration.Lamp.Outputs, at key: String, in table: TableReader
    ) {
        let lines: [String]
        switch outputs {
        case .one(let line):
            lines = [line, line, line]
            if pattern.lights.contains(where: \.isColoured) {
                report.add(
                    table.position(of: key), "\(table.name(of: key)) is coloured, and the lamp has one line only",
                    expected: "lines for red, green and blue, or no colour")
                return
            }
        case .colours(let red, let green, let blue): lines = [red, green, blue]
        }
        for light in pattern.lights {
            for (line, level) in zip(lines, light.levels) where level != 0 && level != 100 {
                guard let settings = house.lines[line], !settings.isPWM else { continue }
                report.add(
                    table.position(of: key), "\(table.name(of: key)) is dimmed, and line \"\(line)\" can only be on or off",
                    expected: "a line with pwm, or full brightness")
                return
            }
        }
    }

    private static var pattern: Form<LampPattern> {
        let names = LampPattern.named.map(\.name)
        let colours = Light.named.map(\.name).joined(separator: ", ")
        let form =
            "\(alternatives(names)), or up to 32 steps such as [\"on 100ms\", \"off 900ms\"], each from 10ms to 1h; "
            + "where the lamp can, with a colour (\(colours)) and a brightness, such as \"red 30% slow blink\""
        return Form(form) { node in
            switch node.kind {
            case .text(let text):
                return pattern(text)
            case .list(let nodes):
                let steps = nodes.compactMap { step($0) }
                return steps.count == nodes.count && (1...32).contains(steps.count) ? .steps(steps) : nil
            default:
                return nil
            }
        }
    }

    /// `slow blink`, `red`, `30%`, `red 30% slow blink`.
    private static func pattern(_ text: String) -> LampPattern? {
        if let named = LampPattern.named.first(where: { $0.name == text }) { return named.pattern }
        var words = text.split(separator: " ", omittingEmptySubsequences: false)[...]
        guard let light = takeLight(&words) else { return nil }
        if words.isEmpty { return .steady(light) }
        let name = words.joined(separator: " ")
        guard name != "off", name != "on" else { return nil }
        return LampPattern.named.first { $0.name == name }?.pattern.lit(by: light)
    }

    /// `on 100ms`, `off 900ms`, `red 100ms`, `red 30% 100ms`, `30% 1s`.
    private static func step(_ node: TOMLNode) -> LampPattern.Step? {
        guard case .text(let text) = node.kind else { return nil }
        var words = text.split(separator: " ")[...]
        guard let word = words.popLast(), let duration = Duration(text: String(word)),
            (Duration.milliseconds(10)...Duration.seconds(3600)).contains(duration)
        else { return nil }
        if words == ["off"] { return LampPattern.Step(.off, duration: duration) }
        guard let light = takeLight(&words), words.isEmpty else { return nil }
        return LampPattern.Step(light, duration: duration)
    }

    /// A colour or `on`, a brightness, or both.
    private static func takeLight(_ words: inout ArraySlice<Substring>) -> Light? {
        var light: Light?
        if let word = words.first {
            light = word == "on" ? .on : Light.named.first { $0.name == word }?.light
            if light != nil { words.removeFirst() }
        }
        guard let word = words.first, word.hasSuffix("%"), let percent = Int(word.dropLast()), (1...100).contains(percent) else {
            return light
        }
        words.removeFirst()
        return (light ?? .on).dimmed(to: percent)
    }
}
