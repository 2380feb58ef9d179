extension HeaderPin {
    static let last = all[39]
    private static let rowPitch = 26

    /// Below the first row.
    var height: Int { row * Self.rowPitch }
}

extension WiringSheet {
    /// Where labels of pins begin, and where wires begin to leave their row, counted from the header's middle.
    static let labels = 48, lanes = 166

    mutating func drawHeader(firstRow: Int, rails: [HeaderPin]) {
        let last = firstRow + HeaderPin.last.height
        svg.rectangle(
            x: Self.middle - 40, y: firstRow - 20, width: 80, height: last - firstRow + 40, radius: 8, fill: "#e6f0e6",
            stroke: "#6f9472", line: 2)
        svg.text("the SD card's end", Self.middle, firstRow - 28, size: 11, anchor: .middle, colour: "#555")
        svg.text(
            "pin 1 is square, even pins lie along the board's edge", Self.middle, last + 36, size: 11, anchor: .middle,
            colour: "#555")
        for pin in HeaderPin.all {
            draw(pin, y: firstRow + pin.height)
            let part = wiring.connections.first { $0.pin == pin }?.part
            label(pin, y: firstRow + pin.height, colour: part?.colour ?? (rails.contains(pin) ? "#222" : nil))
        }
    }

    private mutating func draw(_ pin: HeaderPin, y: Int) {
        let part = wiring.connections.first { $0.pin == pin }?.part
        let isTaken = isTaken(pin) && part == nil
        let (fill, ink) =
            switch pin.function {
            case .volts3: ("#f0a030", "#222")
            case .volts5: ("#cf3a2c", "#fff")
            case .ground: ("#222", "#fff")
            case .gpio: part.map { ($0.colour, "#fff") } ?? (isTaken ? "url(#taken)" : "#fff", "#333")
            }
        let sign = pin.isOdd ? -1 : 1
        let x = Self.middle + sign * 18
        if pin.number == 1 {
            svg.rectangle(x: x - 11, y: y - 11, width: 22, height: 22, fill: fill, stroke: "#444")
        } else {
            svg.circle(x, y, radius: 11, fill: fill, stroke: "#444")
        }
        if isTaken { svg.circle(x, y, radius: 7, fill: "#fff") }
        svg.text("\(pin.number)", x, y + 4, size: 10, anchor: .middle, colour: ink)
    }

    /// On a ground of `colour` where a wire begins.
    private mutating func label(_ pin: HeaderPin, y: Int, colour: String?) {
        let sign = pin.isOdd ? -1 : 1
        let x = Self.middle + sign * Self.labels
        if let colour { return tag(pin.label, near: x, sign, y, colour: colour) }
        let words = [pin.label, pin.otherUse].compactMap { $0 }.joined(separator: " · ")
        let ink = isTaken(pin) ? "#6b2f93" : pin.gpio == nil ? "#333" : "#888"
        svg.text(words, x, y + 4, size: 11, anchor: pin.isOdd ? .end : .start, colour: ink)
    }

    private func isTaken(_ pin: HeaderPin) -> Bool {
        pin.gpio.map { wiring.hat?.pins.contains($0) ?? false } ?? false
    }

    /// A word on a coloured ground, `width` wide, from `x` away from the header.
    mutating func tag(_ word: String, near x: Int, _ sign: Int, _ y: Int, colour: String, width: Int = 58) {
        svg.rectangle(x: sign < 0 ? x - width : x, y: y - 9, width: width, height: 18, radius: 4, fill: colour)
        svg.text(word, x + sign * width / 2, y + 4, size: 11, anchor: .middle, colour: "#fff", bold: true)
    }
}
