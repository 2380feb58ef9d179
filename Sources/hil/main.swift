import Foundation
import Rig

// Hardware in the loop without hardware: the kernel that ships, with GPIO lines and a sound card of its own, in an emulator.
// Run by `make hil` in a network of its own, so that the board and the phone have addresses and nobody else sees them.

Children.guardAgainstSignals()
let story = Story()
let folder = FileManager.default.currentDirectoryPath
do {
    let board = try Board(story, folder: folder + "/.build/guest", keeping: folder + "/.build/hil")
    try board.run()
    try Reaction(story, folder: folder + "/.build/guest", shared: folder + "/.build/hil").run()
} catch {
    story.fail("\(error)")
}
if story.failed.isEmpty {
    story.title("Everything happened. (\(decimal(story.seconds, 1)) s)")
} else {
    story.title("This did not happen: \(story.failed.joined(separator: "; "))\nLogs: .build/hil")
}
exit(story.failed.isEmpty ? 0 : 1)
