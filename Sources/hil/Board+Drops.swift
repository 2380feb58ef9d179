import Foundation
import JSON
import Rig

/// Configurations that are dropped while the board runs, on the lines that they name.
extension Board {
    /// The folder of the guest that is a small disk of its own.
    static let disk = "/var/lib/portier"

    /// No room: what was dropped may be cut off, so that nothing changes but the lamp; with room again it is taken.
    func findsNoRoom(_ door: Door) throws {
        story.title("A configuration is dropped while the disk is full")
        let releases = door.count("door-released")
        try Rig.write(Door.house(phone: phone.uri, lamp: "second", drop: Self.disk + "/drop"), to: shared + "/second.toml")
        let drop = "cp /run/host/second.toml \(Self.disk)/drop/"
        try guest.perform("dd if=/dev/zero of=\(Self.disk)/fill bs=4k 2>/dev/null; \(drop) 2>/dev/null; true")
        let refused = try door.event("no-room")
        try door.event("configuration-refused")
        story.check("it is refused, and the log says why", true, refused.line)
        try shows(faults: ["configuration", "storage"], lamp: "bell", "the last good one goes on")
        let flashes = guest.comes(.light, high: true, within: 5)
        story.check("the lamp's line flashes", flashes)
        try guest.perform("rm \(Self.disk)/fill; \(drop)")
        try door.event("configured")
        try shows(faults: [], lamp: "second", "with room it is taken, and the faults are over")
        let isQuiet = try door.count("door-released") == releases && !guest.isHigh(.strike)
        story.check("the relay's line was not moved by that", isQuiet)
    }

    private func shows(faults: [String], lamp: String, _ what: String) throws {
        let state = try JSONValue(parsing: guest.perform("portier --json state"))
        let found = state["faults"]?.array?.compactMap(\.string) ?? ["?"]
        let lamps = state["lamps"]?.array?.compactMap { $0["name"]?.string } ?? []
        story.check(what, found == faults && lamps == [lamp], "faults \(found), lamps \(lamps)")
    }

    /// Two buttons at once, a long press, who wants to go out, and a door that is forced and left open.
    func becomesAnEntrance(_ door: Door) throws {
        story.title("It becomes an entrance with chords and contacts, while it runs")
        let releases = door.count("door-released")
        try Rig.write(Door.entrance, to: shared + "/entrance.toml")
        try guest.perform("cp /run/host/entrance.toml \(Self.disk)/drop/")
        try door.event("configured")
        try guest.pull(.left, up: true)
        try guest.pull(.right, up: true)
        try door.event("chord-pressed")
        try opens("two buttons held together open")
        for line in [Guest.Line.left, .right] { try guest.pull(line, up: false) }

        try guest.pull(.bell, up: true)
        let press = try door.event("pressed")
        story.check("held down for long, a button's press is a long one", press.text("kind") == "long", press.line)
        try opens("and that opens")
        try guest.pull(.bell, up: false)

        try guest.pull(.exit, up: true)
        try door.event("exit-requested")
        try guest.pull(.leaf, up: true)
        try door.event("door-opened")
        try opens("who wants to go out is let out")
        for line in [Guest.Line.exit, .leaf] { try guest.pull(line, up: false) }
        try door.event("door-closed")
        story.check("that door was not forced", door.count("door-forced") == 0)

        Clock.pause(Door.shunt + 1)
        try guest.pull(.leaf, up: true)
        try door.event("door-forced")
        try door.event("door-open-too-long")
        story.check("a door that is opened later is forced, and then open for too long", true)
        let flickers = guest.comes(.light, high: true, within: 3)
        story.check("the lamp's line tells the alarm", flickers)
        try guest.pull(.leaf, up: false)
        try door.event("door-closed")
        let alarms = try JSONValue(parsing: guest.perform("portier --json state"))["alarms"]?.array?.count
        let isQuiet = try alarms == 0 && door.count("door-released") == releases + 3 && !guest.isHigh(.strike)
        story.check("closed, it is no alarm any more; the relay's line moved for the three only", isQuiet)
    }

    private func opens(_ what: String) throws {
        let (up, down) = (guest.comes(.strike, high: true, within: 3), guest.comes(.strike, high: false, within: 3))
        story.check(what, up && down)
    }
}

extension Door {
    /// For so long after a release the door may be opened, in seconds.
    fileprivate static let shunt = 2.0

    /// A house with the same bell, lamp and strike, and all that the entrance's lines are for.
    fileprivate static let entrance = """
        [board]
        kind = "gpio"

        [lines]
        bell   = { direction = "input", line = "\(Guest.Line.bell.rawValue)" }
        left   = { direction = "input", line = "\(Guest.Line.left.rawValue)" }
        right  = { direction = "input", line = "\(Guest.Line.right.rawValue)" }
        leaf   = { direction = "input", line = "\(Guest.Line.leaf.rawValue)" }
        exit   = { direction = "input", line = "\(Guest.Line.exit.rawValue)" }
        light  = { direction = "output", line = "\(Guest.Line.light.rawValue)" }
        strike = { direction = "output", line = "\(Guest.Line.strike.rawValue)" }

        [buttons.bell]
        line = "bell"
        long = { open = "front" }
        long_press = "300ms"

        [buttons.left]
        line = "left"

        [buttons.right]
        line = "right"

        [chords.both]
        buttons = ["left", "right"]
        hold = "300ms"
        action = { open = "front" }

        [lamps.bell]
        line = "light"

        [doors.front]
        line = "strike"
        pulse = "1s"
        shunt = "\(Int(shunt))s"
        open_too_long = "1s"

        [contacts.leaf]
        line = "leaf"
        kind = "door"
        door = "front"

        [contacts.exit]
        line = "exit"
        kind = "exit"
        door = "front"

        [drop]
        folder = "\(Board.disk)/drop"
        """
}
