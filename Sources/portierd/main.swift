import App
import Base
import Glibc
import Runtime
import Tool

func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

// The package has one program under both names.
if Tool.isMeant(by: CommandLine.arguments.first) { exit(Tool.runProcess()) }

switch Options.parse(Array(CommandLine.arguments.dropFirst())) {
case .help: print(Options.help)
case .version: print("portierd \(Product.version)")
case .wrong(let problem):
    Log.standardError(Array("portierd: \(problem)\n\(Options.help)\n".utf8))
    exit(2)
case .run(var options):
    options.stateFolder = options.stateFolder ?? environment("STATE_DIRECTORY").map { String($0.prefix { $0 != ":" }) }
    exit(
        serve(
            options, credentials: environment("CREDENTIALS_DIRECTORY"),
            notifier: ServiceNotifier(socket: environment("NOTIFY_SOCKET")),
            watchdogInterval: ServiceNotifier.watchdogInterval(
                microseconds: environment("WATCHDOG_USEC"), process: environment("WATCHDOG_PID"))))
}
