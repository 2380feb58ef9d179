import Configuration

extension WiringPart {
    /// From a block's upper edge to its wire.
    static let wireInset = 30

    /// Of its block.
    var height: Int {
        switch self {
        case .pushButton, .contact, .sensor, .lamp, .amplifier: 88
        case .strike, .load: 172
        }
    }

    /// A text that fits, with an ellipsis where something is left out.
    static func shortened(_ text: String, to count: Int) -> String {
        text.count <= count ? text : text.prefix(count - 1) + "…"
    }
}

extension WiringSheet {
    /// Blocks from here on outwards, counted from the header's middle; the ground rail lies beyond.
    private static let blocks = 270, blockWidth = 280, rail = 566
    private static let ground = "#222"

    mutating func draw(_ side: WiringSide, firstRow: Int) {
        guard let first = side.blocks.first, let last = side.blocks.last else { return }
        let sign = side.sign
        let rail = Self.middle + sign * Self.rail
        let lane = Self.middle + sign * (Self.lanes - 10)
        let pin = side.groundPin
        let start = firstRow + pin.height
        // The left rail goes round below all blocks, the right one above: so it meets no other wire.
        let turn = firstRow + (side.place == .left ? max(side.lowest - 6, pin.height + 20) : min(side.highest + 6, -30))
        let end = firstRow + (side.place == .left ? first : last).wireHeight
        svg.path("M\(Self.middle + sign * 29) \(start)H\(lane)V\(turn)H\(rail)V\(end)", Self.ground, width: 4)
        for block in side.blocks { draw(block, of: side, firstRow: firstRow) }
    }

    private mutating func draw(_ block: WiringSide.Block, of side: WiringSide, firstRow: Int) {
        let part = block.connection.part
        let sign = side.sign
        let pitch = min(10, 90 / max(1, side.laneCount))
        let lane = Self.middle + sign * (Self.lanes + block.lane * pitch)
        let inner = Self.middle + sign * Self.blocks
        let (start, end) = (firstRow + block.pinHeight, firstRow + block.wireHeight)
        svg.path("M\(Self.middle + sign * 29) \(start)H\(lane)V\(end)H\(inner)", part.colour, width: 3)

        let left = sign < 0 ? inner - Self.blockWidth : inner
        let top = firstRow + block.y
        svg.rectangle(
            x: left, y: top, width: Self.blockWidth, height: part.height, radius: 6, fill: "#fcfcfc", stroke: part.colour)
        var symbol = PartSymbol(svg: svg, inner: inner, sign: sign, y: end, colour: part.colour, width: Self.blockWidth)
        symbol.draw(block.connection)
        svg = symbol.svg

        let words = block.connection.use.isEmpty ? "" : ": \(block.connection.use)"
        let bottom = top + part.height
        svg.text(WiringPart.shortened(block.connection.line + words, to: 40), left + 12, bottom - 26, size: 13, bold: true)
        svg.text(part.parts(block.connection.wire), left + 12, bottom - 9, size: 11, colour: "#555")
    }
}
