import Glibc

/// The tool as a process: its arguments, environment and output.
extension Tool {
    /// The name that the tool is called by.
    public static let name = "portier"

    /// Whether a process was called by the tool's name: the package stores daemon and tool as one program with two names, which
    /// halves what is stored and updated.
    public static func isMeant(by program: String?) -> Bool {
        program?.split(separator: "/").last.map { $0 == name } ?? false
    }

    /// Does what the process's arguments say, and returns its exit status.
    public static func runProcess() -> Int32 {
        let tool = Tool(
            Surroundings(
                socket: environment("PORTIER_SOCKET"), credentials: environment("CREDENTIALS_DIRECTORY"),
                printOut: { write($0, to: STDOUT_FILENO) }, printError: { write($0, to: STDERR_FILENO) }))
        return tool.run(Array(CommandLine.arguments.dropFirst())).rawValue
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Writes at once and whole; output that nobody takes ends the program, as a pipe's end does.
    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                exit(Status.refused.rawValue)
            }
            rest = rest.dropFirst(count)
        }
    }
}
