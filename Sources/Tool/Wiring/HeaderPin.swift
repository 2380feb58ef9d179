/// One pin of the Raspberry Pi's 40-pin header, the same on every model since the B+.
///
/// Odd pins lie towards the middle of the board, even ones along its edge; pin 1 is at the end of the SD card.
struct HeaderPin: Equatable {
    enum Function: Equatable {
        case volts3, volts5, ground
        case gpio(Int)
    }

    /// 1 to 40.
    var number: Int
    var function: Function

    var gpio: Int? { if case .gpio(let number) = function { number } else { nil } }
    var isOdd: Bool { !number.isMultiple(of: 2) }
    /// 0 to 19, from the SD card's end on.
    var row: Int { (number - 1) / 2 }

    var label: String {
        switch function {
        case .volts3: "3V3"
        case .volts5: "5V"
        case .ground: "GND"
        case .gpio(let number): "GPIO\(number)"
        }
    }

    /// What else the pin is for, as people look for it.
    var otherUse: String? {
        switch gpio {
        case 0, 1: "HAT EEPROM"
        case 2: "I²C SDA"
        case 3: "I²C SCL"
        case 7, 8, 9, 10, 11: "SPI"
        case 14: "console TX"
        case 15: "console RX"
        case 18: "I²S clock"
        case 19: "I²S frame"
        case 20: "I²S in"
        case 21: "I²S out"
        default: nil
        }
    }

    /// The pull that the chip has from reset on, until somebody sets another: up on GPIO0 to GPIO8, down on all others.
    /// BCM2835 ARM Peripherals, table 6-31; the Raspberry Pi 4 and the RP1 of the 5 keep to it.
    var restsHigh: Bool { gpio.map { $0 <= 8 } ?? false }

    /// Pin 1 to pin 40.
    static let all: [HeaderPin] = zip(1..., functions).map { HeaderPin(number: $0, function: $1) }

    private static let functions: [Function] = [
        .volts3, .volts5, .gpio(2), .volts5, .gpio(3), .ground, .gpio(4), .gpio(14), .ground, .gpio(15),
        .gpio(17), .gpio(18), .gpio(27), .ground, .gpio(22), .gpio(23), .volts3, .gpio(24), .gpio(10), .ground,
        .gpio(9), .gpio(25), .gpio(11), .gpio(8), .ground, .gpio(7), .gpio(0), .gpio(1), .gpio(5), .ground,
        .gpio(6), .gpio(12), .gpio(13), .ground, .gpio(19), .gpio(16), .gpio(26), .gpio(20), .ground, .gpio(21),
    ]
}

extension HeaderPin {
    /// Labels of the chips that drive the header: BCM2835 to BCM2837, BCM2711, and the Raspberry Pi 5's RP1.
    static let chips: Set = ["pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"]

    /// The pin of a kernel's line, `nil` for one that is on no header.
    init?(line name: String) {
        let number: Int
        if name.hasPrefix("GPIO"), let digits = Int(name.dropFirst(4)) {
            number = digits
        } else if let known = Self.schematicNames[name] {
            number = known
        } else {
            return nil
        }
        self.init(gpio: number)
    }

    init?(gpio number: Int) {
        guard let pin = Self.all.first(where: { $0.gpio == number }) else { return nil }
        self = pin
    }

    /// Names that mainline's device trees give lines of the header instead of their numbers.
    private static let schematicNames = [
        "ID_SDA": 0, "ID_SCL": 1, "SDA1": 2, "SCL1": 3, "GPIO_GCLK": 4, "SPI_CE1_N": 7, "SPI_CE0_N": 8, "SPI_MISO": 9,
        "SPI_MOSI": 10, "SPI_SCLK": 11, "TXD1": 14, "RXD1": 15,
    ]
}
