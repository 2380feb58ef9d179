import Configuration

/// What hangs between a pin and ground.
enum WiringPart: Equatable {
    /// A push button, for those outside or inside.
    case pushButton
    /// A reed contact at a door, a switch under a cover, or any other contact that is watched.
    case contact
    /// A motion sensor's own contact or transistor.
    case sensor
    /// An LED with its resistor, alone or of one with three colours.
    case lamp(Colour)
    /// A relay with a door's strike behind it.
    case strike
    /// A relay with anything behind it.
    case load
    /// The input of an amplifier that switches it on.
    case amplifier

    enum Colour: Equatable { case any, red, green, blue }
}

extension WiringPart {
    /// Whether it moves something while its pin is active.
    var isRelay: Bool { self == .strike || self == .load }

    /// Colours that are told apart in print, too: the darker, the more harm a wrong wire does.
    var colour: String {
        switch self {
        case .pushButton: "#1565a8"
        case .contact, .sensor: "#12735a"
        case .lamp: "#b06a00"
        case .strike, .load: "#b3201f"
        case .amplifier: "#6b2f93"
        }
    }

    /// The parts in words.
    func parts(_ line: HouseConfiguration.Line) -> String {
        switch self {
        case .pushButton, .contact: Self.contact(line)
        case .sensor:
            line.leadsToGround
                ? "its contact \(Self.contact(line))" : "output of 3.3 V, active \(line.isActiveLow ? "low" : "high")"
        case .amplifier: line.isActiveLow ? "100 kΩ from EN to its supply" : "100 kΩ from EN to GND: silent until then"
        case .lamp(.any): "LED of 5 mA; a brighter one by a transistor"
        case .lamp: "LED of 3 colours, common \(line.isActiveLow ? "anode to 3V3" : "cathode to ground")"
        case .strike, .load:
            line.isActiveLow ? "relay for 3.3 V, active low; 10 kΩ IN to 3V3" : "relay for 3.3 V, active high; 10 kΩ IN to GND"
        }
    }

    private static func contact(_ line: HouseConfiguration.Line) -> String {
        let kind = line.opensWhenActive ? "opens when active" : "closes when active"
        let pull =
            switch line.pull {
            case .up: "pull-up in the chip"
            case .down: "pull-down in the chip"
            case .some(.none), nil: line.isActiveLow ? "10 kΩ from the pin to 3V3" : "10 kΩ from the pin to GND"
            }
        return "\(kind), \(pull)"
    }
}

extension HouseConfiguration.Line {
    /// Whether an input's contact leads to ground: against its pull, or where there is none against its resting level.
    var leadsToGround: Bool {
        switch pull {
        case .up: true
        case .down: false
        case .some(.none), nil: isActiveLow
        }
    }

    /// Whether an input's contact is closed while nothing is the matter.
    var opensWhenActive: Bool { leadsToGround != isActiveLow }
}
