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
        let place =
            isSimulated && table.entry("line") == nil ? .name(name) : table.required("line", Self.place)
        guard let direction, let place else {
            readWiring(&table, direction: direction)
            return nil
        }
        var line = HouseConfiguration.Line(direction: direction, place: place)
        (line.chip, line.pull, line.isActiveLow, line.debounce) = readWiring(&table, direction: direction)
        if case .offset = place, line.chip == nil, house.board.chip == nil, !isSimulated {
            report.add(
                table.position(of: "line"), "\(table.path) is a number, but nothing says on which chip",
                expected: "a chip here or in [board], or the line's name")
        }
        return (line, table.entry("line")?.value.position ?? table.position)
    }

    @discardableResult
    private func readWiring(
        _ table: inout TableReader, direction: HouseConfiguration.Line.Direction?
    ) -> (chip: String?, pull: HouseConfiguration.Line.Pull?, isActiveLow: Bool, debounce: Duration) {
        let chip = table.value("chip", .text)
        let isActiveLow = table.value("active_low", .boolean) ?? false
        var pull: HouseConfiguration.Line.Pull?
        var debounce = Duration.milliseconds(20)
        if direction != .output {
            pull = table.value("pull", .oneOf)
            debounce = table.value("debounce", .duration("0ms", "1s")) ?? debounce
        } else {
            for key in ["pull", "debounce"] {
                if let entry = table.entry(key) {
                    report.add(entry.keyPosition, "\(table.name(of: key)) is given for an output", expected: "inputs only")
                }
            }
        }
        table.finish()
        return (chip, pull, isActiveLow, debounce)
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
        case .name(let name):
            if name.hasPrefix("GPIO"), let offset = UInt32(name.dropFirst(4)) { return "\(chip ?? "") \(offset)" }
            return "\(chip ?? "") \(name)"
        }
    }
}
