import Foundation
import Rig

// A visitor presses the bell, a real phone rings and is answered, the door is opened by key code; then the phone calls the
// door. Everything is the real thing but for the line's edge and the sound card, which is a pair of files.

Children.guardAgainstSignals()
Story.tell { story in
    try Demo(story, output: FileManager.default.currentDirectoryPath + "/demo-output").run()
}
