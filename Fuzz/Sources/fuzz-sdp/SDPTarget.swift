import SDP

/// A session description: whatever parses must come back from its own text.
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let description = try? SessionDescription(parsing: Array(UnsafeBufferPointer(start: start, count: count))) else {
        return 0
    }
    precondition((try? SessionDescription(parsing: description.encoded())) != nil, "what was printed must parse")
    return 0
}
