import Base
import Foundation
import JSON
import Rig

/// The power fails at moments that a seed chooses, in the middle of writing: the board starts, and has the old or the new, whole.
/// So it is with configurations first, and with updates then.
///
/// The emulator is killed. What the guest had written to its card by then is there; what it held back is lost.
final class Cuts {
    private enum Kind: String, CaseIterable {
        case dropped = "a dropped configuration"
        case flashed = "a configuration on the FAT partition"
        case update = "an update"
    }

    private let image: ImageStory
    private let story: Story
    private var random: RandomSource
    private let card: Card
    /// The lamp's name stands for a configuration: the one that is in force.
    private var lamp = "n0"
    /// Those that were ever given to the board.
    private var houses: Set<String> = []
    /// When the board was switched on, and how long the last whole start took, in seconds.
    private var switchedOn = Clock.now
    private var start = 0.0
    private var updates: UpdateCuts

    init(_ image: ImageStory) throws {
        self.image = image
        story = image.story
        random = RandomSource(seed: image.options.seed)
        card = try image.flash(image.house(lamp: "n0"))
        updates = UpdateCuts(image, card)
        houses.insert(image.house(lamp: "n0").trimmingCharacters(in: .newlines))
    }

    func run() throws {
        let count = image.options.cuts
        story.title("The power fails \(count) times (seed \(image.options.seed))")
        defer { card.remove() }
        var guest = try boot()
        try judge(guest, "after flashing", lamps: [lamp])
        // An update goes on after a cut, so its cuts follow each other: they are the last third.
        let rest = count - (count + 1) / 3
        for number in 1...count {
            let kind: Kind = number > rest ? .update : number % 2 == 0 ? .dropped : .flashed
            let allowed = try fail(kind, number, &guest)
            guest = try boot()
            try judge(guest, "cut \(number), \(kind.rawValue)", lamps: allowed, isUpdate: kind == .update)
        }
        story.check("the board started after each of \(count) cuts", true)
        if rest < count { try updates.letThrough(guest) }
        guest.cutPower()
    }

    private func boot() throws -> Guest {
        switchedOn = Clock.now
        return try image.boot(card)
    }

    private func chance(_ most: Double) -> Double { Double.random(in: 0...most, using: &random) }

    /// Cuts the power in the middle of something; returns the lamps that may be there afterwards.
    private func fail(_ kind: Kind, _ number: Int, _ guest: inout Guest) throws -> Set<String> {
        let new = "n\(number)"
        switch kind {
        case .dropped:
            let house = image.house(lamp: new)
            houses.insert(house.trimmingCharacters(in: .newlines))
            try Rig.write(house, to: image.shared + "/\(new).toml")
            let folder = "/var/lib/portier/drop"
            guest.child.type(
                "0 install -m 644 /run/host/\(new).toml \(folder)/.\(new); mv \(folder)/.\(new) \(folder)/\(new).toml; "
                    + "while [ ! -e \(folder)/\(new).toml.applied ]; do sleep 0.05; done; echo done")
            Clock.pause(chance(2))
            guest.cutPower()
            let isPromised = guest.child.lines.take(within: 1, where: { $0 == "done" }) != nil
            return isPromised ? [new] : [lamp, new]
        case .flashed:
            guest.cutPower()
            let house = image.house(lamp: new)
            houses.insert(house.trimmingCharacters(in: .newlines))
            try card.put(house, as: "portier.toml")
            // Somewhere in the start that takes it.
            let end = Clock.now + chance(start)
            if let guest = try? image.boot(card, within: end - Clock.now) {
                Clock.pause(max(0, end - Clock.now))
                guest.cutPower()
            }
            return [new]
        case .update:
            try updates.begin(guest)
            let moment = chance(updates.rest)
            Clock.pause(moment)
            guest.cutPower()
            updates.end(guest, after: moment)
            return [lamp]
        }
    }

    private func judge(_ guest: Guest, _ what: String, lamps allowed: Set<String>, isUpdate: Bool = false) throws {
        let found = Clock.poll(within: 60, every: 0.5) { () -> String? in
            guard let answer = try? guest.run("portier state --json"), answer.code == 0 else { return nil }
            return (try? JSONValue(parsing: answer.text))?["lamps"]?.array?.first?["name"]?.string
        }
        start = Clock.now - switchedOn
        // From now on the data partition is there.
        let update = isUpdate ? try updates.judge(guest) : nil
        let data = try guest.perform("findmnt --noheadings --output=FSTYPE /data").trimmingCharacters(in: .whitespaces)
        let files = try brokenFiles(guest)
        let isWell = found.map(allowed.contains) == true && data == "ext4" && files.isEmpty && update?.isWell != false
        let expected = allowed.sorted().joined(separator: " or ")
        if isWell {
            let choice = allowed.count > 1 ? " of \(expected)" : ""
            story.tell("\(what): slot \(guest.slot), configuration \(found ?? "")\(choice)\(update.map { ", \($0.text)" } ?? "")")
        } else {
            story.fail(
                "\(what): expected configuration \(expected), found \(found ?? "none") on \(data) \(files) \(update?.text ?? "")")
        }
        lamp = found ?? lamp
    }

    /// The files that hold a configuration and are not, to the byte, one that was ever given; empty is well.
    private func brokenFiles(_ guest: Guest) throws -> String {
        var broken: [String] = []
        for file in ["/etc/portier/portier.toml", "/var/lib/portier/last-known-good.toml"] {
            let text = try guest.perform("[ ! -e \(file) ] || cat \(file)")
            // The kept one has a line of its own at its beginning.
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let own = lines.drop { $0.hasPrefix("# last-known-good") }.joined(separator: "\n")
            if !text.isEmpty, !houses.contains(own.trimmingCharacters(in: .newlines)) {
                broken.append("\(file) is not whole: '\(text.prefix(200))'")
            }
        }
        let dropped = try guest.perform(
            "cd /var/lib/portier/drop && for file in *.toml; do [ ! -e $file ] || cmp -s $file /run/host/$file || echo $file; done"
        )
        if !dropped.isEmpty { broken.append("dropped, and not whole: \(dropped)") }
        return broken.joined(separator: ", ")
    }
}
