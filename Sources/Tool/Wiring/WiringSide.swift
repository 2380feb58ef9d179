/// One side of the header: the blocks of its parts, and the lanes in which wires go up or down to them.
///
/// Heights are counted from the header's first row. No two wires cross: blocks keep the order of their pins, and of wires that turn
/// the same way the one that is first met goes in the outer lane.
struct WiringSide {
    enum Place: Int { case left = -1, right = 1 }

    struct Block: Equatable {
        var connection: Wiring.Connection
        /// Upper edge.
        var y: Int
        /// 0 is next to the header.
        var lane = 0

        var pinHeight: Int { connection.pin?.height ?? 0 }
        /// Where the wire comes in.
        var wireHeight: Int { y + WiringPart.wireInset }
    }

    private static let gap = 14

    let place: Place
    private(set) var blocks: [Block] = []
    private(set) var laneCount = 0

    var sign: Int { place.rawValue }
    /// Where the ground rail begins: left in the last row, right in the third, so that it meets no wire on its way round the blocks.
    var groundPin: HeaderPin { HeaderPin.all[place == .left ? 38 : 5] }
    /// The ground rail reaches beyond the blocks by this much.
    static let margin = 20
    var highest: Int { (blocks.map(\.y).min() ?? 0) - Self.margin }
    var lowest: Int { (blocks.map { $0.y + $0.connection.part.height }.max() ?? 0) + Self.margin }

    /// The side's part of `connections`, which are in the order of their pins.
    init(_ place: Place, _ connections: [Wiring.Connection]) {
        self.place = place
        let own = connections.filter { $0.pin?.isOdd == (place == .left) }
        blocks = zip(own, Self.positions(own)).map { Block(connection: $0, y: $1) }
        assignLanes()
    }

    /// Upper edges: each block as near to its pin's height as may be without one lying over another, by least squares.
    private static func positions(_ connections: [Wiring.Connection]) -> [Int] {
        var offset = 0
        // What the blocks above take is taken off; then each group of neighbours that touch lies at its members' mean.
        var groups: [(sum: Int, count: Int)] = []
        var offsets: [Int] = []
        for connection in connections {
            offsets.append(offset)
            var group = (sum: (connection.pin?.height ?? 0) - WiringPart.wireInset - offset, count: 1)
            while let above = groups.last, above.sum * group.count > group.sum * above.count {
                group = (above.sum + group.sum, above.count + group.count)
                groups.removeLast()
            }
            groups.append(group)
            offset += connection.part.height + gap
        }
        let starts = groups.flatMap { group in Array(repeating: group.sum / group.count, count: group.count) }
        return zip(starts, offsets).map { $0 + $1 }
    }

    private mutating func assignLanes() {
        var lane = 0
        // Downwards from below: the lowest turns first, next to the header.
        for index in blocks.indices.reversed() where blocks[index].wireHeight > blocks[index].pinHeight {
            blocks[index].lane = lane
            lane += 1
        }
        laneCount = lane
        lane = 0
        for index in blocks.indices where blocks[index].wireHeight < blocks[index].pinHeight {
            blocks[index].lane = lane
            lane += 1
        }
        laneCount = max(laneCount, lane)
    }
}
