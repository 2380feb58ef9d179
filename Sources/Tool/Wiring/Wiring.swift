import Configuration

/// What a configuration hangs on which pin of the header, and by which parts.
struct Wiring: Equatable {
    /// By pin; lines that are on no header come last, by name.
    var connections: [Connection] = []
    /// What the sound comes in and goes out by, in words.
    var sound: String
    var hat: SoundHAT?
    /// What is allowed and not wise, a sentence each.
    var notes: [String] = []

    init(_ house: HouseConfiguration) {
        switch house.sound.card {
        case .files: sound = "files in place of a sound card"
        case .alsa(let capture, let playback):
            hat = SoundHAT(device: capture) ?? SoundHAT(device: playback)
            sound = capture == playback ? capture : "microphone \(capture), loudspeaker \(playback)"
        }
        let users = Users(house)
        for (name, line) in house.lines {
            let pin = Self.pin(of: line, on: house.board)
            let part = users.part(of: name, line)
            connections.append(Connection(line: name, wire: line, pin: pin, part: part, purpose: users.purposes[name] ?? []))
        }
        connections.sort { $0.order < $1.order }
        notes = connections.flatMap { notes(on: $0) }
    }

    private static func pin(of line: HouseConfiguration.Line, on board: HouseConfiguration.Board) -> HeaderPin? {
        guard board.kind == .gpio else { return nil }
        let chip = line.chip ?? board.chip
        guard chip.map({ HeaderPin.chips.contains($0) }) ?? true else { return nil }
        switch line.place {
        case .name(let name): return HeaderPin(line: name)
        case .offset(let offset): return HeaderPin(gpio: Int(offset))
        // Which pin a channel comes out at is the device tree's business.
        case .pwm: return nil
        }
    }

    private func notes(on connection: Connection) -> [String] {
        guard let pin = connection.pin, let gpio = pin.gpio else { return [] }
        let subject = "\(connection.line) (GPIO\(gpio))"
        var notes: [String] = []
        if let hat, hat.pins.contains(gpio) { notes.append("\(subject) is a pin of the sound card, \(hat.name): use another.") }
        switch gpio {
        case 0, 1: notes.append("\(subject) is asked for a HAT's EEPROM while the board starts.")
        case 2, 3: notes.append("\(subject) has 1.8 kΩ to 3V3 on the board, which no pull-down can do anything about.")
        case 14, 15: notes.append("\(subject) is the serial console's unless that is off.")
        default: break
        }
        guard connection.part.isRelay, pin.restsHigh != connection.wire.isActiveLow else { return notes }
        if connection.wire.isActiveLow {
            notes.append(
                "\(subject) is active when low, and rests low from reset on: 2.2 kΩ to 3V3, and gpio=\(gpio)=op,dh in config.txt."
            )
        } else {
            notes.append("\(subject) is pulled up from reset on, and thus active until something sets it: use GPIO9 or above.")
        }
        return notes
    }
}

extension Wiring {
    /// A line, its pin, and what is between that and ground.
    struct Connection: Equatable {
        /// The configuration's name of it.
        var line: String
        var wire: HouseConfiguration.Line
        var pin: HeaderPin?
        var part: WiringPart
        /// What it is for, such as `button bell`.
        var purpose: [String]

        /// The kernel's name of the line, or its number.
        var place: String {
            switch wire.place {
            case .name(let name): name
            case .offset(let offset): "line \(offset)"
            case .pwm(let channel): "PWM channel \(channel)"
            }
        }

        /// The purpose on one line.
        var use: String { purpose.joined(separator: ", ") }

        fileprivate var order: (Int, String) { (pin?.number ?? 100, line) }
    }

    /// Who uses which line, and by which part.
    private struct Users {
        var purposes: [String: [String]] = [:]
        private var parts: [String: WiringPart] = [:]

        init(_ house: HouseConfiguration) {
            for (name, button) in house.buttons.sorted(by: { $0.key < $1.key }) {
                add(button.line, .pushButton, "button \(name)")
            }
            for (name, lamp) in house.lamps.sorted(by: { $0.key < $1.key }) {
                switch lamp.outputs {
                case .one(let line): add(line, .lamp(.any), "lamp \(name)")
                case .colours(let red, let green, let blue):
                    add(red, .lamp(.red), "lamp \(name), red")
                    add(green, .lamp(.green), "lamp \(name), green")
                    add(blue, .lamp(.blue), "lamp \(name), blue")
                }
            }
            for (name, door) in house.doors.sorted(by: { $0.key < $1.key }) { add(door.lock.line, .strike, "door \(name)") }
            for (name, output) in house.outputs.sorted(by: { $0.key < $1.key }) { add(output.line, .load, "output \(name)") }
            for (name, contact) in house.contacts.sorted(by: { $0.key < $1.key }) {
                let door = contact.door.map { " of door \($0)" } ?? ""
                switch contact.kind {
                case .door: add(contact.line, .contact, "contact\(door)")
                case .tamper: add(contact.line, .contact, "tamper contact \(name)")
                case .exit: add(contact.line, .pushButton, "exit button\(door)")
                case .motion: add(contact.line, .sensor, "motion \(name)")
                }
            }
            if let line = house.sound.amplifier { add(line, .amplifier, "amplifier") }
        }

        private mutating func add(_ line: String, _ part: WiringPart, _ purpose: String) {
            parts[line] = part
            purposes[line, default: []].append(purpose)
        }

        /// A line that nobody uses yet is drawn as what most are.
        func part(of name: String, _ line: HouseConfiguration.Line) -> WiringPart {
            parts[name] ?? (line.direction == .input ? .pushButton : .load)
        }
    }
}
