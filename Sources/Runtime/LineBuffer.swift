/// Cuts a stream of bytes into lines of bounded length. A final carriage return belongs to the line's end.
struct LineBuffer {
    enum Piece: Equatable {
        case line([UInt8])
        /// A line grew past the limit: the stream cannot be trusted any more, nothing follows.
        case tooLong
    }

    let limit: Int
    private var pending: [UInt8] = []
    private var isBroken = false

    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(_ bytes: some Collection<UInt8>) -> [Piece] {
        var pieces: [Piece] = []
        for byte in bytes where !isBroken {
            if byte == UInt8(ascii: "\n") {
                if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
                pieces.append(.line(pending))
                pending.removeAll(keepingCapacity: pending.count < 4_096)
            } else if pending.count == limit {
                isBroken = true
                pending = []
                pieces.append(.tooLong)
            } else {
                pending.append(byte)
            }
        }
        return pieces
    }

    /// What came after the last line's end.
    var remainder: [UInt8] { pending }
}
