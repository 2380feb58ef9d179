/// A program run to its end.
public struct Command {
    public var code: Int32
    public var output: String

    /// Runs it and waits; its output includes its errors.
    public static func run(_ program: String, _ arguments: [String], within seconds: Double = 30) throws -> Command {
        let child = try Child(program, arguments)
        let code = try child.wait(within: seconds)
        // The reader closes the lines when the pipe has run dry.
        _ = child.lines.take(within: 2) { _ in false }
        return Command(code: code, output: child.lines.all.joined(separator: "\n"))
    }

    /// Whether a program of that name can be run.
    public static func exists(_ program: String) -> Bool {
        (try? run("sh", ["-c", "command -v \(program)"]).code) == 0
    }
}
