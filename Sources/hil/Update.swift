import Foundation
import JSON
import Rig

/// Bundles that a board refuses, one that it goes over to, and one that does not work, so that it comes back.
struct Update {
    private let image: ImageStory
    private let story: Story
    /// For writing a slot, or a start: both take an emulator about a minute.
    private let patience = 400.0

    init(_ image: ImageStory) {
        self.image = image
        story = image.story
    }

    func run() throws {
        let card = try image.flash(image.house())
        defer { card.remove() }
        let board = try Board(story, shared: image.shared) { try image.boot(card) }
        let guest = board.guest
        try Door(guest, followed: "door-1").registered()

        story.title("Bundles that are not for this board")
        try refuses(guest, "unsigned", because: "not signed at all")
        try refuses(guest, "foreign", because: "not signed with a key that this board trusts")
        try refuses(guest, "other", because: "made for another board")

        try goesOver(board, card)
        try comesBack(board, card)
        board.phone.stop()
        guest.cutPower()
    }

    private func refuses(_ guest: Guest, _ name: String, because reason: String) throws {
        let start = Clock.now
        try guest.drop(name, as: name)
        let verdict = try guest.verdict(on: name, within: 60)
        story.check(
            "\(name): refused, with the reason beside it", !verdict.isApplied && verdict.text.contains(reason),
            "after \(decimal(Clock.now - start, 0)) s: \(verdict.text)")
        let journal = try guest.run(
            "journalctl --unit=portier-update --output=cat | grep -F '\(name).raucb is rejected: \(reason)'")
        story.check("the journal says so, too", journal.code == 0, journal.text)
        let lamp = Clock.poll(within: 5, every: 0.2) { () -> Bool? in
            let state = try? guest.state()
            let isFault = state?["lamps"]?.array?.first?["shows"]?.string == "fault"
            return isFault && state?["faults"]?.array?.contains { $0.string == "update" } == true ? true : nil
        }
        story.check("the lamp shows a fault", lamp == true)
        let (slot, left) = (try guest.primarySlot(), try guest.perform("ls /data/update"))
        story.check("slot A goes on, and the bundle is gone", slot == "A" && !left.contains(".raucb"))
    }

    private func goesOver(_ board: Board, _ card: Card) throws {
        story.title("An update")
        let guest = board.guest
        let configuration = try guest.perform("cat /etc/portier/portier.toml")
        try goes(guest, to: "good")
        story.check("the new version runs in the other slot", guest.slot == "B", guest.kernel)
        let verdict = try verdict(guest, on: "good")
        story.check(
            "it proved itself", verdict.isApplied && verdict.text.contains("version 9.1 runs in slot B"), verdict.text)
        try starts(guest, "B")
        let version = try guest.perform(". /usr/lib/os-release; echo $IMAGE_VERSION")
        story.check(
            "it is the one that was dropped, to the byte", version == "9.1" && card.holds(image.version(.good), in: "B"), version)
        story.check(
            "the configuration is the same, to the byte", try guest.perform("cat /etc/portier/portier.toml") == configuration)
        let door = try Door(guest, followed: "door-updated")
        try door.registered()
        story.check("it registered again", true)
        try board.press()
        story.check("a press rings the phone", true)
        try board.phone.hangUp()
        try door.event("call-ended")
    }

    private func comesBack(_ board: Board, _ card: Card) throws {
        story.title("An update whose portierd ends at once")
        let guest = board.guest
        try goes(guest, to: "broken")
        story.check("it is tried in slot A", guest.slot == "A", guest.kernel)
        let start = Clock.now
        try guest.comesUp(within: patience)
        story.check("the board goes back to slot B by itself", guest.slot == "B", "after \(decimal(Clock.now - start, 0)) s")
        let verdict = try verdict(guest, on: "broken")
        // The start limit and the tool, which is the same program, find it out side by side.
        let reasons = ["portierd failed again and again", "portier confirm ended without a word"]
        story.check(
            "it says beside the bundle what was wrong", !verdict.isApplied && reasons.contains { verdict.text.contains($0) },
            verdict.text)
        try starts(guest, "B")
        story.check("which is as it was, to the byte", card.holds(image.version(.good), in: "B"))
        try Door(guest, followed: "door-back").registered()
        story.check("the former version is registered", true)
    }

    /// Drops a bundle, and waits until the board starts anew because of it.
    private func goes(_ guest: Guest, to name: String) throws {
        var start = Clock.now
        func lap(_ what: String) {
            story.tell("\(what) took \(decimal(Clock.now - start, 0)) s.")
            start = Clock.now
        }
        try guest.drop(name, as: name)
        lap("Copying the bundle to the data partition")
        try guest.installed(name, within: patience)
        lap("Installing it")
        try guest.comesUp(within: patience)
        lap("The end and the start of Linux in the other slot")
    }

    private func verdict(_ guest: Guest, on name: String) throws -> Guest.Verdict {
        let start = Clock.now
        let verdict = try guest.verdict(on: name, within: patience)
        story.tell("The verdict came \(decimal(Clock.now - start, 0)) s later.")
        return verdict
    }

    private func starts(_ guest: Guest, _ slot: String) throws {
        let primary = try guest.primarySlot()
        story.check("slot \(slot) is what starts from now on", primary == slot, primary)
    }
}
