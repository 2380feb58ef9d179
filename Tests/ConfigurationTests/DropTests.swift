import Configuration
import Testing

@Suite("A dropped file")
struct DropTests {
    @Test("Any plain name is taken", arguments: ["house.toml", "new", "2026-01-01 house.toml", "applied", "x.applied.toml"])
    func taken(name: String) {
        #expect(DroppedFile(name: name)?.name == name)
    }

    @Test(
        "Verdicts, hidden files and files that are not whole yet are not",
        arguments: [
            "", ".", "..", ".house.toml", ".last-good.toml", "house.toml.applied", "house.toml.rejected", "house.toml.tmp",
            "house.toml.part", "house.toml.PART", "house.toml~", "a/b", "../x", "a\0b",
        ])
    func skipped(name: String) {
        #expect(DroppedFile(name: name) == nil)
    }

    @Test("A verdict has the reasons, stands beside the file, and replaces the one before")
    func verdicts() throws {
        let file = try #require(DroppedFile(name: "house.toml"))
        let old = HouseConfiguration()
        var new = old
        new.accounts["pbx"] = .init(address: "sip:door@pbx")
        let applied = DropVerdict.applied(ConfigurationDifference(from: old, to: new)).report(for: file)
        #expect(applied == ("house.toml.applied", "applied\nchanged: accounts: +pbx\n", "house.toml.rejected"))

        let error = ConfigurationError(problems: [
            Problem(
                file: "house.toml", line: 1, column: 2, what: "unknown key bord, did you mean board?", expected: "one of board"),
            Problem(file: "house.toml", line: 3, column: 1, what: "x"),
        ])
        let rejected = DropVerdict.rejected(error).report(for: file)
        #expect(rejected.name == "house.toml.rejected")
        #expect(rejected.removed == "house.toml.applied")
        #expect(
            rejected.text == """
                rejected, nothing was changed
                house.toml:1:2: unknown key bord, did you mean board?; expected one of board
                house.toml:3:1: x

                """)
        #expect(DropVerdict.failed(["port 5060 is taken"]).report(for: file).text.hasSuffix("\nport 5060 is taken\n"))
    }
}

@Suite("The difference of two configurations")
struct DifferenceTests {
    @Test("None for equals")
    func none() {
        let difference = ConfigurationDifference(from: HouseConfiguration(), to: HouseConfiguration())
        #expect(difference.isEmpty)
        #expect("\(difference)" == "nothing")
    }

    @Test("It names what came, went and changed, section by section, and never a secret")
    func named() {
        var old = HouseConfiguration()
        old.lamps["bell"] = .init(line: "a")
        old.lamps["old"] = .init(line: "b")
        old.doors["front"] = .init(line: "c")
        var new = old
        new.lamps["old"] = nil
        new.lamps["bell"]?.idle = .on
        new.lamps["new"] = .init(line: "d")
        new.doors["front"]?.codes = [Secret("4711#")]
        new.sound.automaticGain = true
        new.sip.port = 5080
        let difference = ConfigurationDifference(from: old, to: new)
        #expect("\(difference)" == "lamps: +new ~bell -old; doors: ~front; sip; sound")
    }
}
