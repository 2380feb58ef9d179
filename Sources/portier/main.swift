import Glibc
import Tool

func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
}

/// Writes at once and whole; output that nobody takes ends the program, as a pipe's end does.
func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 {
            if errno == EINTR { continue }
            exit(Tool.Status.refused.rawValue)
        }
        rest = rest.dropFirst(count)
    }
}

let tool = Tool(
    Tool.Surroundings(
        socket: environment("PORTIER_SOCKET"), credentials: environment("CREDENTIALS_DIRECTORY"),
        printOut: { write($0, to: STDOUT_FILENO) }, printError: { write($0, to: STDERR_FILENO) }))
exit(tool.run(Array(CommandLine.arguments.dropFirst())).rawValue)
