import Configuration

/// A wiring on a sheet to print: the header in the middle, and at its sides what hangs on each pin that is used.
///
/// Left of the header are the odd pins, right the even ones. Each side has its ground rail, where each part takes its ground.
struct WiringSheet {
    static let width = 1_190
    /// Where the header's middle is.
    static let middle = width / 2
    /// Above are the title and a line of text.
    private static let top = 112
    private static let grey = "#555"

    var svg = SVG()
    let wiring: Wiring

    /// The drawing as an SVG document; `title` stands at its top.
    static func draw(_ wiring: Wiring, title: String) -> String {
        var sheet = WiringSheet(wiring: wiring)
        let height = sheet.drawAll(title)
        return sheet.svg.document(title: title, width: width, height: height, definitions: stripes)
    }

    private init(wiring: Wiring) {
        self.wiring = wiring
    }

    /// For the pins that a sound HAT takes: stripes are seen in print without colours, too.
    private static let stripes = """
        <pattern id="taken" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
        <rect width="6" height="6" fill="#f3eaf9"/><rect width="2" height="6" fill="#b58ad3"/></pattern>
        """

    /// The height that it came to.
    private mutating func drawAll(_ title: String) -> Int {
        let onHeader = wiring.connections.filter { $0.pin != nil }
        let elsewhere = wiring.connections.filter { $0.pin == nil }
        svg.text(title, 40, 46, size: 24, bold: true)
        svg.text(Self.summary(onHeader.count, elsewhere.count), 40, 72, size: 13, colour: Self.grey)
        var bottom = Self.top - 20
        if !onHeader.isEmpty {
            let sides = [WiringSide(.left, onHeader), WiringSide(.right, onHeader)]
            // Where blocks had to go above the first pin, all moves down.
            let first = Self.top + 36
            let shift = max(first, Self.top - (sides.map(\.highest).min() ?? 0))
            for side in sides { draw(side, firstRow: shift) }
            drawHeader(firstRow: shift, rails: sides.filter { !$0.blocks.isEmpty }.map(\.groundPin))
            bottom = shift + max(HeaderPin.last.height + 60, sides.map(\.lowest).max() ?? 0)
        }
        if !elsewhere.isEmpty { bottom = drawList(elsewhere, from: bottom + 30) }
        return drawFooter(from: bottom + 36)
    }

    private static func summary(_ onHeader: Int, _ elsewhere: Int) -> String {
        let all = onHeader + elsewhere
        let lines = all == 1 ? "1 line" : "\(all) lines"
        if onHeader == 0 { return "\(lines), none of them on a Raspberry Pi's header." }
        let rest = elsewhere == 0 ? "" : ", \(elsewhere) of them elsewhere"
        return
            "\(lines)\(rest). Take the power away before you move a wire. A pin bears 3.3 V and gives a few milliamperes, no more."
    }
}

// MARK: - Below the header

extension WiringSheet {
    /// Lines that are on no header, a row each; where the list ends.
    private mutating func drawList(_ connections: [Wiring.Connection], from top: Int) -> Int {
        let columns = [40, 190, 340, 560, 800]
        for (x, heading) in zip(columns, ["Line", "Kernel's line", "Direction", "For", "Parts"]) {
            svg.text(heading, x, top, size: 13, colour: Self.grey, bold: true)
        }
        svg.line((40, top + 8), (Self.width - 40, top + 8), "#bbb", width: 1)
        var y = top + 30
        for connection in connections {
            let line = connection.wire
            let direction = "\(line.direction.rawValue), active \(line.isActiveLow ? "low" : "high")"
            svg.rectangle(x: 28, y: y - 11, width: 5, height: 14, fill: connection.part.colour)
            svg.text(WiringPart.shortened(connection.line, to: 18), columns[0], y, size: 13, bold: true)
            svg.text(WiringPart.shortened(connection.place, to: 18), columns[1], y, size: 13)
            svg.text(direction, columns[2], y, size: 13)
            svg.text(WiringPart.shortened(connection.use, to: 32), columns[3], y, size: 13)
            svg.text(connection.part.parts(line), columns[4], y, size: 13, colour: Self.grey)
            y += 26
        }
        return y - 16
    }

    /// Sound, ground and what is not wise; the sheet's height.
    private mutating func drawFooter(from top: Int) -> Int {
        var y = top
        svg.line((40, y - 22), (Self.width - 40, y - 22), "#bbb", width: 1)
        svg.text("Sound", 40, y, size: 13, bold: true)
        svg.text(wiring.sound, 110, y, size: 13)
        if let hat = wiring.hat {
            y += 22
            svg.rectangle(x: 110, y: y - 12, width: 22, height: 14, fill: "url(#taken)", stroke: "#6b2f93")
            svg.text("pins of the sound card: \(hat.name)", 140, y, size: 13)
            for wires in hat.wires {
                y += 20
                svg.text(wires, 140, y, size: 12, colour: Self.grey)
            }
        }
        for note in wiring.notes {
            y += 24
            svg.text("Mind", 40, y, size: 13, colour: "#b3201f", bold: true)
            svg.text(note, 110, y, size: 13)
        }
        return y + 28
    }
}
