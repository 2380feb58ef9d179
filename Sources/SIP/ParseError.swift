/// Why a text is not SIP: where, and what was expected there.
public struct ParseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// In bytes from the start of what was parsed.
    public var offset: Int
    public var expected: String

    public init(_ offset: Int, expected: String) {
        self.offset = offset
        self.expected = expected
    }

    public var description: String { "at byte \(offset): expected \(expected)" }
}
