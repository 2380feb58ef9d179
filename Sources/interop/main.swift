import Foundation
import Rig

// Plays calls between the real daemon and real peers. `--suite` picks the peers; words on the command line pick the scenarios
// that have one of them in their names.

Children.guardAgainstSignals()
var words: [String] = []
var suite = Suite.phones
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--programs": _ = arguments.popFirst()
    case "--suite":
        let name = arguments.popFirst() ?? ""
        guard let named = Suite(rawValue: name) else {
            printLine("no suite \(name); there are: \(Suite.allCases.map(\.rawValue).joined(separator: ", "))")
            exit(2)
        }
        suite = named
    default: words.append(argument.lowercased())
    }
}

// Once more from the start, in a network of its own.
if let network = suite.network, ProcessInfo.processInfo.environment["PORTIER_ALONE"] == nil {
    setenv("PORTIER_ALONE", network, 1)
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    let line = ["tools/alone.sh", network, own] + CommandLine.arguments.dropFirst()
    execv(line[0], line.map { strdup($0) } + [nil])
    printLine("cannot run \(line[0]): \(String(cString: strerror(errno)))")
    exit(1)
}

/// Plays them all, and takes away what they left on disk: `exit` would not.
func play(_ suite: Suite, _ words: [String]) -> Int32 {
    do {
        let (passed, failed) = try suite.play { scenario in
            words.isEmpty || words.contains { scenario.name.lowercased().contains($0) }
        }
        printLine("\(suite.rawValue): \(passed) passed, \(failed) failed")
        return failed == 0 && passed > 0 ? 0 : 1
    } catch {
        printLine("cannot begin: \(error)")
        return 1
    }
}
exit(play(suite, words))
