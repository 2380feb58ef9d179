import Foundation
import JSON
import Rig

/// Puts the daemon's events into plain words.
enum Narrator {
    static func tell(_ event: EventStream.Event, _ story: Story) {
        if let words = words(event) { story.tell(words) }
    }

    private static func words(_ event: EventStream.Event) -> String? {
        func text(_ name: String) -> String { event[name]?.string ?? "?" }
        switch event.name {
        case "pressed": return "Door: the button \"\(text("button"))\" was pressed."
        case "call-started":
            return text("direction") == "outgoing" ? "Door: calling \(text("peer"))." : "Door: a call from \(text("peer"))."
        case "call-ringing": return "Door: it rings there."
        case "call-answered": return "Door: \(text("call")) is answered; speech both ways."
        case "digit": return "Door: a key came (\(text("method")))."
        case "door-released": return "Door: the code is right, the door \"\(text("door"))\" opens."
        case "call-ended": return "Door: \(text("call")) has ended (\(text("reason")))."
        default: return nil
        }
    }

    /// A verdict's words in one line.
    static func brief(_ text: String) -> String {
        text.split(separator: "\n").map(String.init).joined(separator: "; ")
    }
}
