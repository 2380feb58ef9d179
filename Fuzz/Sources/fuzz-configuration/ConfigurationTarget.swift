import Configuration

/// A dropped configuration: read, or refused with every problem at its place.
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let text = Array(UnsafeBufferPointer(start: start, count: count))
    do throws(ConfigurationError) {
        _ = try HouseConfiguration.read(text: text, file: "fuzz", secrets: NoSecrets())
    } catch {
        precondition(!error.problems.isEmpty, "a refusal says why")
        precondition(error.problems.allSatisfy { $0.line > 0 && $0.column > 0 }, "and where")
    }
    return 0
}
