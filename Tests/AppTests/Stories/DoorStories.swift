import App
import Base
import Intercom
import JSON
import Simulator
import Testing

@Suite("Doors, contacts and outputs: the whole daemon in virtual time")
struct DoorStories {
    /// The street's house with a contact on its door, an inner door behind it, a cover, an exit button and a garden light.
    private static let more = """
        [alarms]
        message = "flat"

        [contacts.front]
        line = "contact"
        kind = "door"
        door = "front"

        [contacts.cover]
        line = "cover"
        kind = "tamper"

        [contacts.exit]
        line = "exit"
        kind = "exit"
        door = "inner"

        [doors.inner]
        line = "inner"
        codes = ["22#"]
        interlock = ["front"]

        [outputs.garden]
        line = "garden"
        mode = "latch"

        [buttons.garden]
        line = "switch"
        short = { output = "garden" }

        """

    private static let lines = [
        "light = {": """
        cover = { direction = "input" }
        exit = { direction = "input" }
        switch = { direction = "input" }
        inner = { direction = "output" }
        garden = { direction = "output" }
        light = {
        """
    ]

    private static func street() throws -> Street { try Street(Street.configuration(lines, adding: more)) }

    /// What happened to doors, contacts and outputs, in order.
    private func story(_ street: Street) -> [String] {
        street.house.events.compactMap { event in
            guard let name = event["door"]?.string ?? event["output"]?.string ?? event["contact"]?.string else { return nil }
            return "\(event["event"]?.string ?? "") \(name)"
        }
    }

    @Test("The kitchen lets a visitor in by a code, who opens the door and closes it")
    func letIn() throws {
        let street = try Self.street()
        let call = street.talking()
        street.house.hearsKeys("4711#", in: call)
        street.advance(.seconds(1))
        street.house.press("contact", for: .seconds(4))
        street.advance(.milliseconds(100))
        #expect(street.house.state["doors"]?.array?.first?["released"] == true)
        #expect(street.house.state["doors"]?.array?.first?["open"] == true)
        street.advance(.seconds(10))
        #expect(story(street) == ["door-released front", "door-opened front", "door-locked front", "door-closed front"])
        #expect(street.house.state["alarms"] == [])
        #expect(!street.kitchen.summaries.contains("MESSAGE"))
    }

    @Test("A door that is forced is told by an event, the lamp, the state and a text to the flat")
    func forced() throws {
        let street = try Self.street()
        street.house.press("contact", for: .seconds(20))
        street.advance(.seconds(5))
        #expect(story(street) == ["door-opened front", "door-forced front"])
        #expect(street.house.lamp("light").hasPrefix("[50"))
        #expect(street.house.state["alarms"] == [["alarm": "door-forced", "name": "front"]])
        #expect(street.kitchen.summaries.contains("MESSAGE"))
        street.advance(.seconds(20))
        #expect(street.house.lamp("light") == "off")
        #expect(street.house.state["alarms"] == [])
    }

    @Test(
        "The inner door of the sluice is refused while the outer one is open, by code and by exit button, and the peer hears it")
    func sluice() throws {
        let street = try Self.street()
        let call = street.talking()
        street.house.hearsKeys("4711#", in: call)
        street.house.press("contact", for: .seconds(10))
        street.advance(.seconds(5))
        street.house.hearsKeys("22#", in: call)
        street.house.press("exit")
        street.advance(.seconds(1))
        #expect(street.house.voice.leg(of: call)?.toneToPeer?.tone == .interlocked)
        #expect(street.house.lines.changes(of: "inner").isEmpty)
        #expect(street.house.events("door-interlocked").map { $0["by"]?.string } == ["code", "contact"])
        street.advance(.seconds(10))
        street.house.press("exit")
        street.advance(.seconds(1))
        #expect(street.house.isActive("inner"))
    }

    @Test("A light stays on through a new configuration, is off at once when it is taken out, and when the daemon ends")
    func light() throws {
        let street = try Self.street()
        street.house.press("switch")
        street.advance(.seconds(1))
        #expect(street.house.isActive("garden"))
        let kept = Street.configuration(Self.lines, adding: Self.more + "[calls]\nring_time = \"30s\"\n")
        #expect(street.house.drop(kept).isApplied)
        street.advance(.seconds(1))
        #expect(street.house.lines.changes(of: "garden").map(\.active) == [true])
        let changed = Self.more.replacing("outputs.garden", with: "outputs.hedge").replacing(
            "output = \"garden\"", with: "output = \"hedge\"")
        let without = Street.configuration(Self.lines, adding: changed)
        #expect(street.house.drop(without).isApplied)
        street.advance(.seconds(1))
        #expect(street.house.lines.changes(of: "garden").map(\.active) == [true, false])
        #expect(street.house.command(.output("hedge", .on)) == nil)
        #expect(street.house.isActive("garden"))
        street.house.stop()
        street.advance(.seconds(3))
        #expect(!street.house.isActive("garden"))
    }

    @Test("What the tool may not do is refused with its reason")
    func refused() throws {
        let street = try Self.street()
        #expect(street.house.command(.output("hedge", .on)) == "there is no output \"hedge\"")
        #expect(street.house.command(.open(door: "front")) == nil)
        #expect(street.house.command(.open(door: "inner")) == "door \"inner\" is interlocked")
        #expect(street.house.isActive("strike") && !street.house.isActive("inner"))
    }
}
