/// What is wrong at one place of a configuration file, and what was expected there.
public struct Problem: Error, Sendable, Hashable, Comparable, CustomStringConvertible {
    public var file: String
    /// Both count from 1; columns in characters of the encoding's code points.
    public var line: Int
    public var column: Int
    public var what: String
    public var expected: String?

    public init(file: String, line: Int, column: Int, what: String, expected: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.what = what
        self.expected = expected
    }

    public static func < (left: Problem, right: Problem) -> Bool {
        (left.file, left.line, left.column, left.what) < (right.file, right.line, right.column, right.what)
    }

    public var description: String {
        "\(file):\(line):\(column): \(what)" + (expected.map { "; expected \($0)" } ?? "")
    }
}

/// Everything that is wrong with a configuration, sorted by position; never empty.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public var problems: [Problem]

    public init(problems: [Problem]) {
        self.problems = problems
    }

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
