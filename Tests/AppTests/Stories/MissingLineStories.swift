import App
import Base
import Board
import JSON
import Simulator
import Testing

@Suite("Lines that cannot be had, and other faults, are told and shown; what is there goes on")
struct MissingLineStories {
    private func street(without lines: Set<String>) throws -> Street {
        let street = try Street(starts: false)
        street.house.lines.held = lines
        street.house.start()
        street.advance(.seconds(1))
        return street
    }

    private func faults(_ street: Street) -> [String] {
        street.house.state["faults"]?.array?.compactMap(\.string) ?? []
    }

    /// How often the lamp goes on in ten seconds: idle it is dark, `slow flash` lights it every three.
    private func flashes(_ street: Street) -> Int {
        let start = street.network.now
        street.advance(.seconds(10))
        return street.house.lines.changes(of: "light").filter { $0.active && $0.time > start }.count
    }

    @Test("Without the strike's line the bell rings all the same, the lamp tells the fault, and nothing is pulsed")
    func strikeMissing() throws {
        let street = try street(without: ["strike"])
        let told = street.house.events("line-missing")
        #expect(told.map { $0["line"]?.string } == ["strike"])
        #expect(told.first?["error"]?.string == "line strike (line 'strike'): held by 'somebody else'")
        #expect(faults(street) == ["lines"])
        #expect(flashes(street) == 3)
        _ = street.talking()
        #expect(street.house.voice.plan.legs.count == 1)
        #expect(street.house.lines.changes(of: "strike").isEmpty)
    }

    @Test("A line that comes later is used from then on, and the fault is over")
    func comesLater() throws {
        let street = try street(without: ["strike", "bell"])
        street.house.press("bell")
        street.advance(.seconds(2))
        #expect(street.house.events("pressed").isEmpty)
        street.house.lines.held = ["strike"]
        street.advance(.seconds(11))
        #expect(street.house.events("line-found").map { $0["line"]?.string } == ["bell"])
        #expect(faults(street) == ["lines"])
        street.house.lines.held = []
        street.advance(.seconds(11))
        #expect(street.house.events("line-found").map { $0["line"]?.string } == ["bell", "strike"])
        #expect(faults(street).isEmpty)
        let call = street.talking()
        street.house.hearsKeys("4711#", in: call)
        #expect(street.house.lines.changes(of: "strike").map(\.active) == [true])
        street.advance(.seconds(4))
        #expect(street.house.lines.changes(of: "strike").map(\.active) == [true, false])
        // Nobody looks for lines any more.
        #expect(street.house.events("line-found").count == 2 && street.house.events("line-missing").count == 2)
    }

    @Test("A door that was to open while its line was missing does not open when the line comes")
    func doesNotOpenLate() throws {
        let street = try Street(
            Street.configuration(["codes = [\"4711#\"]": "codes = [\"4711#\"]\npulse = \"1m\""]), starts: false)
        street.house.lines.held = ["strike"]
        street.house.start()
        let call = street.talking()
        street.house.hearsKeys("4711#", in: call)
        street.advance(.seconds(1))
        #expect(street.house.lines.changes(of: "strike").isEmpty)
        street.house.lines.held = []
        street.advance(.seconds(11))
        #expect(street.house.events("line-found").count == 1)
        #expect(street.house.lines.changes(of: "strike").allSatisfy { !$0.active })
    }

    @Test("A button that is down when its line comes is no press")
    func downWhenItComes() throws {
        let street = try street(without: ["bell"])
        street.house.lines.held = []
        street.house.lines.pressWhenAdded = ["bell"]
        street.advance(.seconds(15))
        #expect(street.house.events("line-found").count == 1 && street.house.events("pressed").isEmpty)
    }

    @Test("A bad configuration shows on the lamps until a good one came")
    func badConfiguration() throws {
        let street = try Street()
        street.house.drop("[nonsense")
        #expect(faults(street) == ["configuration"])
        #expect(flashes(street) == 3)
        street.house.drop(Street.configuration())
        #expect(faults(street).isEmpty)
    }

    @Test("A configuration whose lines cannot be had leaves the old one in force, and shows")
    func heldByOthers() throws {
        let street = try Street()
        street.house.lines.held = ["chime"]
        let more = "[lines.chime]\ndirection = \"output\"\n"
        street.house.drop(Street.configuration(adding: more))
        #expect(faults(street) == ["configuration"])
        #expect(street.house.events("line-missing").isEmpty)
        _ = street.talking()
        #expect(street.house.voice.plan.legs.count == 1)
    }
}
