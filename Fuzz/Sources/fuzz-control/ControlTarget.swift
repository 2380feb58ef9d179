import JSON

/// A line of the control socket: whatever parses comes back the same from its own text.
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let value = try? JSONValue(parsing: Array(UnsafeBufferPointer(start: start, count: count))) else { return 0 }
    precondition((try? JSONValue(parsing: value.encoded())) == value, "what was printed reads the same")
    return 0
}
