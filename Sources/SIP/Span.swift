/// Where a part of a message lies: 16 bits a side, since no message is longer than 65,535 bytes.
struct Span: Sendable, Hashable {
    var start: UInt16
    var end: UInt16

    /// Both must lie in a message.
    @inline(__always)
    init(_ start: Int, _ end: Int) {
        self.start = UInt16(truncatingIfNeeded: start)
        self.end = UInt16(truncatingIfNeeded: end)
    }

    static let none = Span(0, 0)

    @inline(__always) var isEmpty: Bool { start >= end }
    @inline(__always) var count: Int { Int(end) - Int(start) }
}
