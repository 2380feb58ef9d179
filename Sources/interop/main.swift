import Foundation
import Rig

// Plays calls between the real daemon and real peers: baresip, and SIPp with the scenarios of Interop/sipp. Words on the command
// line pick the scenarios that have one of them in their names.

Children.guardAgainstSignals()
var words: [String] = []
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    if argument == "--programs" { _ = arguments.popFirst() } else { words.append(argument.lowercased()) }
}
let all = phoneScenarios + keyScenarios + refusalScenarios + callerScenarios + registrarScenarios
let chosen = all.filter { scenario in words.isEmpty || words.contains { scenario.name.lowercased().contains($0) } }
/// Plays them all, and takes away what they left on disk: `exit` would not.
func play() -> Int32 {
    do {
        let (passed, failed) = try Performance(chosen, atOnce: 4).play()
        printLine("\(passed) passed, \(failed) failed")
        return failed == 0 && passed > 0 ? 0 : 1
    } catch {
        printLine("cannot begin: \(error)")
        return 1
    }
}
exit(play())
