import Foundation
import Rig

// Hardware in the loop without hardware: the kernel that ships, with GPIO lines and a sound card of its own, in an emulator; or, with
// `--image`, what is flashed, on an emulated board. Run by `make hil` and `make hil-arm64` in a network of its own, so that the board
// and the phone have addresses and nobody else sees them.

Children.guardAgainstSignals()
let arguments = CommandLine.arguments
let folder = FileManager.default.currentDirectoryPath + "/.build"
let isImage = arguments.contains("--image")
let shared = folder + (isImage ? "/hil-arm64" : "/hil")
// The image's story takes too long to tell it twice.
Story.tell(logs: shared, atMost: isImage ? 1 : 2) { story in
    if isImage {
        try ImageStory(story, folder: folder, shared: shared, options: .init(arguments)).run()
    } else {
        try? FileManager.default.removeItem(atPath: shared)
        try FileManager.default.createDirectory(atPath: shared, withIntermediateDirectories: true)
        let board = try Board(story, shared: shared) {
            try Guest(folder: folder + "/guest", shared: shared, console: shared + "/console.log")
        }
        try board.run()
        try CountedBoard(story, folder: folder + "/guest", shared: shared).run()
    }
}
