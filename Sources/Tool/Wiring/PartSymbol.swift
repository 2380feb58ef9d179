import Configuration

/// The circuit in a block, from the pin's wire outwards to the ground rail. `u` counts from the block's inner edge.
struct PartSymbol {
    var svg: SVG
    /// The block's edge towards the header.
    let inner: Int
    /// -1 left of the header, 1 right of it.
    let sign: Int
    /// The wire's height.
    let y: Int
    let colour: String
    let width: Int

    private static let ground = "#222", volts3 = "#b87400", volts5 = "#cf3a2c"
    /// From the block's outer edge to the rail.
    private static let toRail = 16

    mutating func draw(_ connection: Wiring.Connection) {
        let line = connection.wire
        switch connection.part {
        case .pushButton:
            resistor(24, "1 kΩ")
            wire(64, 112)
            contact(112, isClosed: line.opensWhenActive)
            close(from: 168, toGround: line.leadsToGround)
        case .contact:
            resistor(24, "1 kΩ")
            wire(64, 112)
            contact(112, isClosed: line.opensWhenActive)
            frame(104, 176)
            close(from: 168, toGround: line.leadsToGround)
        case .sensor:
            resistor(24, "1 kΩ")
            wire(64, 100)
            sensor(line)
        case .lamp(let colour):
            resistor(24, Self.resistance(colour))
            wire(64, 120)
            diode(120, fill: Self.light(colour), outwards: !line.isActiveLow)
            close(from: 144, toGround: !line.isActiveLow)
        case .amplifier: amplifier()
        case .strike: relay("strike")
        case .load: relay("load")
        }
    }

    private func x(_ u: Int) -> Int { inner + sign * u }

    private mutating func wire(_ from: Int, _ to: Int, _ colour: String? = nil) {
        svg.line((x(from), y), (x(to), y), colour ?? self.colour, width: 3)
    }

    /// The rest of the way, to the rail or to a supply.
    private mutating func close(from u: Int, toGround: Bool) {
        guard toGround else {
            wire(u, 206)
            supply("3V3 · pin 1", 206, y, Self.volts3)
            return
        }
        wire(u, width + Self.toRail, Self.ground)
        svg.circle(x(width + Self.toRail), y, radius: 5, fill: Self.ground)
    }

    private mutating func supply(_ words: String, _ u: Int, _ y: Int, _ colour: String) {
        let left = sign < 0 ? x(u) - 66 : x(u)
        svg.rectangle(x: left, y: y - 9, width: 66, height: 18, radius: 4, fill: colour)
        svg.text(words, left + 33, y + 4, size: 10, anchor: .middle, colour: "#fff", bold: true)
    }

    /// 40 wide, with the wire before it.
    private mutating func resistor(_ u: Int, _ value: String) {
        wire(0, u)
        svg.rectangle(x: min(x(u), x(u + 40)), y: y - 7, width: 40, height: 14, fill: "#fff", stroke: "#222", line: 2)
        svg.text(value, x(u + 20), y - 12, size: 11, anchor: .middle)
    }

    /// 56 wide: a contact that is drawn as it is while nothing is the matter.
    private mutating func contact(_ u: Int, isClosed: Bool) {
        wire(u, u + 12)
        wire(u + 44, u + 56, Self.ground)
        let end = isClosed ? (x(u + 48), y - 4) : (x(u + 42), y - 17)
        svg.line((x(u + 12), y), end, "#222", width: 3)
        svg.circle(x(u + 12), y, radius: 4, fill: "#fff", stroke: "#222", line: 2)
        svg.circle(x(u + 44), y, radius: 4, fill: "#fff", stroke: "#222", line: 2)
    }

    private mutating func amplifier() {
        wire(0, 100)
        svg.path("M\(x(100)) \(y - 20)V\(y + 16)H\(x(130))L\(x(160)) \(y - 2)L\(x(130)) \(y - 20)Z", "#222", fill: "#e9eef4")
        svg.text("EN", x(113), y + 4, size: 10, anchor: .middle)
        svg.path(
            "M\(x(160)) \(y - 2)H\(x(184))M\(x(184)) \(y - 9)H\(x(192))V\(y + 5)H\(x(184))Z"
                + "M\(x(192)) \(y - 9)L\(x(204)) \(y - 18)V\(y + 14)L\(x(192)) \(y + 5)", "#222")
    }

    /// Around a contact that nobody touches: a reed's glass, a switch in a housing.
    private mutating func frame(_ from: Int, _ to: Int) {
        svg.path("M\(x(from)) \(y - 21)H\(x(to))V\(y + 9)H\(x(from))Z", "#777", width: 1, dashed: true)
    }

    /// A motion sensor; one with a contact of its own needs no more from us, others take their current here.
    private mutating func sensor(_ line: HouseConfiguration.Line) {
        svg.rectangle(
            x: min(x(100), x(190)), y: y - 20, width: 90, height: 36, radius: 3, fill: "#e9eef4", stroke: "#222", line: 2)
        svg.text("motion sensor", x(145), y + 2, size: 11, anchor: .middle)
        close(from: 190, toGround: true)
        guard !line.leadsToGround else { return }
        svg.path("M\(x(190)) \(y - 13)H\(x(206))", Self.volts5, width: 3)
        supply("5V · pin 2", 206, y - 13, Self.volts5)
    }

    private static func light(_ colour: WiringPart.Colour) -> String {
        switch colour {
        case .any: "#f0c030"
        case .red: "#e03030"
        case .green: "#30a040"
        case .blue: "#3060e0"
        }
    }

    /// For some 5 mA from 3.3 V: red and yellow LEDs take 1.8 V of it, green and blue ones up to 3 V.
    private static func resistance(_ colour: WiringPart.Colour) -> String {
        colour == .green || colour == .blue ? "150 Ω" : "330 Ω"
    }

    /// An LED, 24 wide.
    private mutating func diode(_ u: Int, fill: String, outwards: Bool) {
        let (foot, tip) = outwards ? (u, u + 24) : (u + 24, u)
        svg.path("M\(x(foot)) \(y - 11)V\(y + 11)L\(x(tip)) \(y)Z", "#222", width: 2, fill: fill)
        svg.line((x(tip), y - 11), (x(tip), y + 11), "#222", width: 3)
        for start in [u + 8, u + 17] {
            svg.path(
                "M\(x(start)) \(y - 13)L\(x(start + 9)) \(y - 23)M\(x(start + 3)) \(y - 22)L\(x(start + 9)) \(y - 23)V\(y - 17)",
                "#222",
                width: 1)
        }
    }

    /// A relay board, and the circuit that its contact closes.
    private mutating func relay(_ load: String) {
        wire(0, 30)
        wire(150, width + Self.toRail, Self.ground)
        svg.circle(x(width + Self.toRail), y, radius: 5, fill: Self.ground)
        svg.path("M\(x(150)) \(y + 22)H\(x(166))", Self.volts5, width: 3)
        supply("5V · pin 2", 166, y + 22, Self.volts5)

        svg.rectangle(
            x: min(x(30), x(150)), y: y - 18, width: 120, height: 54, radius: 3, fill: "#e9eef4", stroke: "#222", line: 2)
        svg.text("relay board", x(90), y - 4, size: 11, anchor: .middle, bold: true)
        svg.text("IN", x(44), y + 4, size: 10, anchor: .middle)
        svg.text("GND", x(134), y + 4, size: 10, anchor: .middle)
        svg.text("VCC", x(134), y + 26, size: 10, anchor: .middle)
        svg.text("COM", x(50), y + 32, size: 10, anchor: .middle)
        svg.text("NO", x(96), y + 32, size: 10, anchor: .middle)

        // The load's own circuit: supply, contact, load.
        let low = y + 82
        svg.path("M\(x(96)) \(y + 36)V\(y + 54)H\(x(180))", "#222", width: 2)
        svg.path("M\(x(240)) \(y + 54)H\(x(262))V\(low)H\(x(128))", "#222", width: 2)
        svg.path("M\(x(50)) \(y + 36)V\(low)H\(x(68))", "#222", width: 2)
        svg.rectangle(x: min(x(68), x(128)), y: low - 10, width: 60, height: 20, radius: 3, fill: "#fff", stroke: "#222", line: 2)
        svg.text("its supply", x(98), low + 4, size: 11, anchor: .middle)
        svg.rectangle(x: min(x(180), x(240)), y: y + 43, width: 60, height: 22, radius: 3, fill: "#fff", stroke: "#222", line: 2)
        svg.text(load, x(210), y + 58, size: 11, anchor: .middle, bold: true)
    }
}
