import Base

extension HouseReader {
    func readBoard(_ file: inout TableReader) {
        guard var table = file.table("board") else { return }
        if let kind = table.value("kind", .oneOf) as HouseConfiguration.Board.Kind? { house.board.kind = kind }
        house.board.chip = table.value("chip", .text)
        table.finish()
    }

    func readLines(_ file: inout TableReader) {
        var places: [String: (path: String, position: Position)] = [:]
        for (name, table) in file.tables("lines") {
            define(.line, name)
            guard let (line, position) = readLine(name, table) else { continue }
            house.lines[name] = line
            let identity = identity(of: line)
            if let other = places[identity] {
                report.add(
                    position, "\(table.path) is the same pin as \(other.path) in line \(other.position.line)",
                    expected: "a pin of its own")
            } else {
                places[identity] = (table.path, position)
            }
        }
    }

    private func readLine(_ name: String, _ source: TableReader) -> (HouseConfiguration.Line, Position)? {
        var table = source
        let direction = table.required("direction", .oneOf) as HouseConfiguration.Line.Direction?
        let isSimulated = house.board.kind == .simulated
        let isPWM = table.has("pwm")
        let channel = table.value("pwm", Self.channel)
        let place: HouseConfiguration.Line.Place? =
            if isPWM {
                channel
            } else if isSimulated && table.entry("line") == nil {
                .name(name)
            } else {
                table.required("line", Self.place)
            }
        guard let direction, let place else {
            _ = readWiring(&table, HouseConfiguration.Line(direction: direction ?? .input, place: place ?? .name(name)), isPWM)
            return nil
        }
        let line = readWiring(&table, HouseConfiguration.Line(direction: direction, place: place), isPWM)
        if case .offset = place, line.chip == nil, house.board.chip == nil, !isSimulated {
            report.add(
                table.position(of: "line"), "\(table.path) is a number, but nothing says on which chip",
                expected: "a chip here or in [board], or the line's name")
        }
        return (line, (table.entry("line") ?? table.entry("pwm"))?.value.position ?? table.position)
    }

    private func readWiring(
        _ table: inout TableReader, _ bare: HouseConfiguration.Line, _ isPWM: Bool
    ) -> HouseConfiguration.Line {
        var line = bare
        line.chip = table.value("chip", .text)
        line.isActiveLow = table.value("active_low", .boolean) ?? false
        line.frequency = table.value("frequency", Self.frequency) ?? line.frequency
        if line.direction == .input {
            line.pull = table.value("pull", .oneOf)
            line.debounce = table.value("debounce", .duration("0ms", "1s")) ?? line.debounce
            line.isDebouncedByKernel = table.value("kernel_debounce", .boolean) ?? false
        } else {
            refuse(["pull", "debounce", "kernel_debounce"], "is given for an output", "inputs only", in: &table)
        }
        if !isPWM {
            refuse(["frequency"], "is given without pwm", "outputs with pwm only", in: &table)
        } else {
            refuse(["line"], "is given beside pwm", "one of them", in: &table)
            if line.direction == .input { refuse(["pwm"], "is given for an input", "outputs only", in: &table) }
            if line.chip == nil, house.board.kind == .gpio {
                report.add(
                    table.position(of: "pwm"), "\(table.path) has pwm, but nothing says on which chip",
                    expected: "chip = \"pwmchip0\", or better its device's name, which stays")
            }
        }
        table.finish()
        return line
    }

    private func refuse(_ keys: [String], _ what: String, _ expected: String, in table: inout TableReader) {
        for key in keys {
            guard let entry = table.entry(key) else { continue }
            report.add(entry.keyPosition, "\(table.name(of: key)) \(what)", expected: expected)
        }
    }

    private static var channel: Form<HouseConfiguration.Line.Place> {
        Form("a channel's number, from 0 to 63") { node in
            guard case .integer(let number) = node.kind, (0...63).contains(number) else { return nil }
            return .pwm(UInt32(number))
        }
    }

    /// In Hz.
    private static var frequency: Form<Int> {
        .text("a frequency such as \"200Hz\" or \"1kHz\", from 100Hz to 100kHz") { text in
            let unit = ["kHz": 1000, "Hz": 1].first { text.hasSuffix($0.key) && !($0.key == "Hz" && text.hasSuffix("kHz")) }
            guard let unit, let count = Int(text.dropLast(unit.key.count)), (1...100_000).contains(count) else { return nil }
            return (100...100_000).contains(count * unit.value) ? count * unit.value : nil
        }
    }

    private static var place: Form<HouseConfiguration.Line.Place> {
        Form("a line's name such as \"GPIO17\", or its number on the chip") { node in
            switch node.kind {
            case .text(let text): text.isEmpty ? nil : .name(text)
            case .integer(let number): UInt32(exactly: number).map { .offset($0) }
            default: nil
            }
        }
    }

    /// The same for lines that are the same pin. On the Raspberry Pi, `GPIO17` is number 17 of its chip.
    private func identity(of line: HouseConfiguration.Line) -> String {
        let chip = line.chip ?? house.board.chip
        switch line.place {
        case .offset(let offset):
            return "\(chip ?? "") \(offset)"
        case .pwm(let channel):
            return "\(chip ?? "") pwm \(channel)"
        case .name(let name):
            if name.hasPrefix("GPIO"), let offset = UInt32(name.dropFirst(4)) { return "\(chip ?? "") \(offset)" }
            return "\(chip ?? "") \(name)"
        }
    }
}
