import Foundation
import Rig

/// The power fails in the middle of an update: what the board may be afterwards, and whether it is.
///
/// Bundles of two versions take turns. No byte of them lies at the same place, so that a slot is told to be whole from the card itself.
struct UpdateCuts {
    /// What was found after a cut.
    struct Finding {
        var isWell: Bool
        var text: String
    }

    /// What there is of a bundle, and which slots the board names.
    private struct Traces {
        var words: Set<String>
        var running: String
        var primary: String
        var isTrial: Bool

        init(_ guest: Guest, _ name: String) throws {
            let text = try guest.perform(
                "cd /data/update; for file in \(name).raucb \(name).applied \(name).rejected trial; do "
                    + "[ ! -e $file ] || echo ${file#\(name).}; done; cd /; "
                    + "cat /run/portier-slot; /usr/lib/portier/slots get-primary; /usr/lib/portier/slots is-trial && echo yes || echo no",
                // In the middle of a start, on a computer that has other things to do.
                within: 60)
            let lines = text.split(separator: "\n").map(String.init)
            guard lines.count >= 3 else { throw RigError("the guest does not say what there is of an update: \(text)") }
            words = Set(lines.dropLast(3))
            running = lines[lines.count - 3]
            primary = lines[lines.count - 2]
            isTrial = lines[lines.count - 1] == "yes"
        }

        /// What becomes of the bundle is still open.
        var isUnderWay: Bool { words.contains("raucb") || words.contains("trial") }
        /// The board is about to say it.
        var isAboutToSay: Bool { words == ["trial"] && !isTrial }
    }

    private enum Stage {
        /// There is a verdict, or nothing.
        case done
        /// The bundle is, or will be, written to the other slot, and then that starts.
        case installing
        case onTrial
    }

    private let image: ImageStory
    private let card: Card
    /// What has proved itself: the slot that is the default, and its version.
    private var slot = "A"
    private var version = ImageStory.Version.former
    /// The bundle that was dropped last.
    private var count = 0
    private var name: String { "u\(count)" }
    private var dropped = ImageStory.Version.good
    /// It lies there, whole, and on the disk.
    private var isDropped = false
    private var stage = Stage.done
    private var moment = 0.0
    /// About as long as the rest of an update takes an emulator, in seconds; so a cut may come anywhere in that.
    var rest: Double {
        switch stage {
        case .done: 160
        case .installing: 140
        case .onTrial: 15
        }
    }

    init(_ image: ImageStory, _ card: Card) {
        self.image = image
        self.card = card
    }

    /// Drops a bundle, unless one is under way.
    mutating func begin(_ guest: Guest) throws {
        guard stage == .done else { return }
        stage = .installing
        isDropped = false
        count += 1
        dropped = version == .former ? .good : .former
        let place = "/data/update"
        // As an uploader does it who wants to be sure; what an earlier one has left goes.
        guest.child.type(
            "0 rm -f \(place)/.u*; cp /run/host/\(dropped).raucb \(place)/.\(name) && sync \(place)/.\(name) && "
                + "mv \(place)/.\(name) \(place)/\(name).raucb && sync -f \(place) && echo dropped")
    }

    /// After the power has failed.
    mutating func end(_ guest: Guest, after seconds: Double) {
        moment = seconds
        if guest.child.lines.take(within: 1, where: { $0 == "dropped" }) != nil { isDropped = true }
    }

    /// Looks at the board that has started again.
    mutating func judge(_ guest: Guest) throws -> Finding {
        var traces = try Traces(guest, name)
        let end = Clock.now + 90
        while traces.isAboutToSay, Clock.now < end {
            Clock.pause(0.5)
            traces = try Traces(guest, name)
        }
        let verdict = try guest.verdictNow(on: name)
        let new = traces.running == slot ? version : dropped
        var problems: [String] = []
        if !card.holds(image.version(new), in: traces.running) { problems.append("the slot that runs is not whole") }
        if traces.isTrial, !card.holds(image.version(version), in: slot) {
            problems.append("the slot to go back to is not whole")
        }
        if traces.running != guest.slot { problems.append("it says that slot \(traces.running) runs") }
        if !traces.isTrial, !traces.isUnderWay, traces.primary != traces.running {
            problems.append("slot \(traces.primary) is to be tried, and nothing says why")
        }
        let result: String
        if traces.isAboutToSay {
            result = "nothing is said"
            problems.append("no verdict within 90 s")
        } else if traces.isUnderWay {
            stage = traces.isTrial ? .onTrial : .installing
            result = traces.isTrial ? "on trial" : "to be installed"
            if verdict != nil, !traces.words.contains("trial") { problems.append("there is a verdict while the bundle is there") }
        } else if let verdict {
            stage = .done
            result = verdict.text
            // A trial that was cut off is the only reason that there is.
            let isTrue = verdict.isApplied ? new == dropped : new != dropped && verdict.text.contains("has not proved itself")
            if !isTrue { problems.append("the verdict is wrong") }
        } else {
            stage = .done
            result = "it had not arrived"
            if isDropped { problems.append("the bundle is lost without a verdict") }
        }
        if !traces.isTrial { (slot, version) = (traces.running, new) }
        let text = "version \(new) of \(name) after \(decimal(moment, 1)) s: \(result)"
        return Finding(isWell: problems.isEmpty, text: ([text] + problems).joined(separator: "; "))
    }

    /// Without a further cut, an update comes to its end.
    mutating func letThrough(_ guest: Guest) throws {
        image.story.title("An update is left alone")
        try begin(guest)
        let end = Clock.now + 600
        // It may start anew meanwhile, and does not answer then.
        while Clock.now < end {
            if let verdict = try? guest.verdictNow(on: name) {
                let traces = try Traces(guest, name)
                if traces.isUnderWay { continue }
                let isWhole = card.holds(image.version(dropped), in: traces.running)
                image.story.check(
                    "the update got through, and its slot is whole", verdict.isApplied && isWhole && !traces.isTrial, verdict.text
                )
                return
            }
            Clock.pause(1)
        }
        throw RigError("nothing was said of the bundle '\(name)' within 600 s")
    }
}
