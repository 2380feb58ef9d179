import Base
import Board
import Configuration
import Intercom
import Simulator
import Testing

@Suite("With a new configuration, lines that stay as they are are not touched")
struct OtherLinesStories {
    private static let long = ["codes = [\"4711#\"]": "codes = [\"4711#\"]\npulse = \"1m\""]
    private static let wrongPin = "[lines.chime]\ndirection = \"output\"\nline = \"GPIO99\"\n"

    /// The strike is active for a minute, half a second of it is over.
    private func opened() throws -> Street {
        let street = try Street(Street.configuration(Self.long))
        let call = street.talking()
        street.house.hearsKeys("4711#", in: call)
        street.advance(.milliseconds(500))
        #expect(strike(street) == [true])
        return street
    }

    private func strike(_ street: Street) -> [Bool] { street.house.lines.changes(of: "strike").map(\.active) }

    @Test("A line more: the door stays open for its time, without a gap")
    func more() throws {
        let street = try opened()
        #expect(street.house.drop(Street.configuration(Self.long, adding: Self.wrongPin)).isApplied)
        street.advance(.seconds(50))
        #expect(strike(street) == [true])
        street.advance(.seconds(10))
        #expect(strike(street) == [true, false])
    }

    @Test("A wrong pin is refused, and nothing pulses meanwhile")
    func wrong() throws {
        let street = try opened()
        street.house.lines.held = ["GPIO99"]
        #expect(!street.house.drop(Street.configuration(Self.long, adding: Self.wrongPin)).isApplied)
        street.advance(.seconds(50))
        #expect(strike(street) == [true])
    }

    @Test("A line that is to be elsewhere and cannot goes on where it was, active as it was; one that can begins at rest")
    func moved() throws {
        let street = try opened()
        street.house.lines.held = ["GPIO99"]
        let elsewhere = Self.long.merging(["line = \"strike\" }": "line = \"GPIO99\" }"]) { $1 }
        #expect(!street.house.drop(Street.configuration(elsewhere)).isApplied)
        #expect(strike(street) == [true, false, true])
        street.house.lines.held = []
        #expect(street.house.drop(Street.configuration(elsewhere)).isApplied)
        #expect(strike(street) == [true, false, true, false])
    }

    @Test("A line that is missing as it was is no reason to refuse the rest; it is looked for as before")
    func missing() throws {
        let street = try Street(starts: false)
        street.house.lines.held = ["light"]
        street.house.start()
        street.advance(.seconds(1))
        #expect(street.house.drop(Street.configuration(adding: Self.wrongPin)).isApplied)
        #expect(street.house.state["faults"] == ["lines"])
        street.house.lines.held = []
        street.advance(.seconds(11))
        #expect(street.house.events("line-found").map { $0["line"]?.string } == ["light"])
        #expect(street.house.state["faults"] == [])
    }

    @Test("A press goes on over the change; one on a line that was opened anew is none until it was let go")
    func pressed() throws {
        let street = try Street()
        try street.house.lines.board.press("bell")
        street.advance(.milliseconds(5))
        street.house.drop(Street.configuration(adding: Self.wrongPin))
        street.advance(.milliseconds(100))
        try street.house.lines.board.release("bell")
        street.advance(.milliseconds(100))
        #expect(street.house.events("pressed").count == 1)
        street.house.lines.pressWhenAdded = ["bell"]
        street.house.drop(Street.configuration(["line = \"bell\" }": "line = \"bell\", pull = \"up\" }"]))
        street.advance(.seconds(2))
        try street.house.lines.board.release("bell")
        street.advance(.seconds(2))
        #expect(street.house.events("pressed").count == 1)
        street.house.press("bell")
        street.advance(.seconds(2))
        #expect(street.house.events("pressed").count == 2)
    }

    @Test("The amplifier is on as long as there is a call, also on a line that was opened anew")
    func amplifier() throws {
        let sound = ["[log]": "[sound]\namplifier = \"power\"\n\n[log]"]
        let line = "[lines.power]\ndirection = \"output\"\n"
        let street = try Street(Street.configuration(sound, adding: line))
        _ = street.talking()
        func changes() -> [Bool] { street.house.lines.changes(of: "power").map(\.active) }
        #expect(changes() == [true])
        street.house.drop(Street.configuration(sound, adding: line + Self.wrongPin))
        #expect(changes() == [true])
        street.house.drop(Street.configuration(sound, adding: line + "active_low = true\n"))
        #expect(changes() == [true, false, true])
        street.house.command(.hangUp(.outgoing(1)))
        street.advance(.seconds(10))
        #expect(changes() == [true, false, true, false])
    }

    @Test("On a board of another kind all lines begin anew; when one of them cannot be had, the old board goes on")
    func otherKind() throws {
        let street = try opened()
        let kind = Self.long.merging(["kind = \"simulated\"": "kind = \"gpio\""]) { $1 }
        street.house.otherLines.held = ["light"]
        #expect(!street.house.drop(Street.configuration(kind)).isApplied)
        #expect(street.house.isActive("strike") && street.house.otherLines.changes.isEmpty)
        street.house.otherLines.held = []
        #expect(street.house.drop(Street.configuration(kind)).isApplied)
        #expect(strike(street).last == false)
        #expect(throws: LineError(line: "bell", reason: .unknown)) { try street.house.lines.isActive("bell") }
        street.house.hearsKeys("4711#", in: .outgoing(1))
        #expect(street.house.otherLines.changes(of: "strike").map(\.active) == [true])
    }
}
