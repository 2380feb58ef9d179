import Configuration
import Foundation
import Runtime
import Testing

@testable import Tool

/// The wiring of a text that is a right configuration.
private func wiring(_ text: String) throws -> Wiring {
    Wiring(try HouseConfiguration.read(text: Array(text.utf8), file: "house.toml", secrets: NoSecrets()) { _ in nil })
}

/// Two ends in a sheet's units.
private struct Segment: Equatable {
    var from: (x: Int, y: Int)
    var to: (x: Int, y: Int)

    static func == (a: Segment, b: Segment) -> Bool { a.from == b.from && a.to == b.to }

    /// Whether they share a point; both are level or upright.
    func meets(_ other: Segment) -> Bool {
        min(from.x, to.x) <= max(other.from.x, other.to.x) && min(other.from.x, other.to.x) <= max(from.x, to.x)
            && min(from.y, to.y) <= max(other.from.y, other.to.y) && min(other.from.y, other.to.y) <= max(from.y, to.y)
    }
}

@Suite("The wiring of a configuration")
struct WiringTests {
    @Test("The header has 40 pins, 28 of them GPIO0 to GPIO27, where the Raspberry Pi has them")
    func header() {
        #expect(HeaderPin.all.map(\.number) == Array(1...40))
        #expect(HeaderPin.all.compactMap(\.gpio).sorted() == Array(0...27))
        #expect(HeaderPin.all.filter { $0.function == .ground }.map(\.number) == [6, 9, 14, 20, 25, 30, 34, 39])
        let pins = [17: 11, 27: 13, 22: 15, 18: 12, 21: 40, 0: 27, 26: 37]
        for (gpio, number) in pins { #expect(HeaderPin(gpio: gpio)?.number == number) }
    }

    @Test(
        "A line's name leads to its pin, by its number or as mainline's device trees call it",
        arguments: [
            ("GPIO17", 11), ("GPIO_GCLK", 7), ("SPI_MISO", 21), ("TXD1", 8), ("BELL", nil), ("GPIO28", nil), ("GPIO", nil),
        ] as [(String, Int?)])
    func names(name: String, number: Int?) {
        #expect(HeaderPin(line: name)?.number == number)
    }

    @Test("A number is a pin of the header on the chips that drive one, and nowhere else")
    func numbers() throws {
        for (chip, pin) in [("pinctrl-rp1", 11), ("pinctrl-bcm2835", 11), ("gpio-sim.0", nil)] as [(String, Int?)] {
            let wiring = try wiring("[board]\nchip = \"\(chip)\"\n[lines]\na = { direction = \"input\", line = 17 }")
            #expect(wiring.connections.map { $0.pin?.number } == [pin])
        }
        let simulated = try wiring("[board]\nkind = \"simulated\"\n[lines]\nGPIO17 = { direction = \"input\" }")
        #expect(simulated.connections.map(\.pin) == [nil])
    }

    @Test(
        "A contact leads against its pull, and is a break contact where its resting level asks for one",
        arguments: [
            ("pull = \"up\", active_low = true", true, false), ("pull = \"up\"", true, true),
            ("pull = \"down\"", false, false), ("pull = \"down\", active_low = true", false, true),
            ("active_low = true", true, false), ("active_low = false", false, false),
        ] as [(String, Bool, Bool)])
    func contacts(wire: String, leadsToGround: Bool, opens: Bool) throws {
        let line = try wiring("[lines]\na = { direction = \"input\", line = \"GPIO17\", \(wire) }").connections.first?.wire
        #expect(line?.leadsToGround == leadsToGround)
        #expect(line?.opensWhenActive == opens)
    }

    @Test("Each line is told what it is for, in the order of the pins")
    func purposes() throws {
        let wiring = try wiring(
            """
            [lines]
            button = { direction = "input", line = "GPIO17" }
            light = { direction = "output", line = "GPIO27" }
            strike = { direction = "output", line = "GPIO22" }
            reed = { direction = "input", line = "GPIO23" }
            exit = { direction = "input", line = "GPIO24" }
            cover = { direction = "input", line = "GPIO25" }
            amplifier = { direction = "output", line = "GPIO12" }
            eye = { direction = "input", line = "GPIO16" }
            gong = { direction = "output", line = "GPIO26" }
            [buttons.bell]
            line = "button"
            [lamps.bell]
            line = "light"
            [doors.front]
            line = "strike"
            [outputs.gong]
            line = "gong"
            [contacts.a]
            line = "reed"
            kind = "door"
            door = "front"
            [contacts.b]
            line = "exit"
            kind = "exit"
            door = "front"
            [contacts.c]
            line = "cover"
            kind = "tamper"
            [contacts.d]
            line = "eye"
            kind = "motion"
            [sound]
            amplifier = "amplifier"
            """)
        #expect(
            wiring.connections.map(\.use) == [
                "button bell", "lamp bell", "door front", "contact of door front", "exit button of door front",
                "tamper contact c",
                "amplifier", "motion d", "output gong",
            ])
        #expect(
            wiring.connections.map(\.part) == [
                .pushButton, .lamp(.any), .strike, .contact, .pushButton, .contact, .amplifier, .sensor, .load,
            ])
    }

    @Test("A lamp of three colours is three LEDs")
    func colours() throws {
        let wiring = try wiring(
            """
            [lines]
            r = { direction = "output", line = "GPIO17" }
            g = { direction = "output", line = "GPIO27" }
            b = { direction = "output", line = "GPIO22" }
            [lamps.ring]
            red = "r"
            green = "g"
            blue = "b"
            """)
        #expect(wiring.connections.map(\.part) == [.lamp(.red), .lamp(.green), .lamp(.blue)])
        #expect(wiring.connections.map(\.use) == ["lamp ring, red", "lamp ring, green", "lamp ring, blue"])
    }

    @Test("What is not wise is noted: a relay that rests active, a pin of the sound card, a pin with a use of its own")
    func notes() throws {
        let wiring = try wiring(
            """
            [lines]
            early = { direction = "output", line = "GPIO5" }
            low = { direction = "output", line = "GPIO26", active_low = true }
            fine = { direction = "output", line = "GPIO25" }
            taken = { direction = "input", line = "GPIO18" }
            eeprom = { direction = "input", line = "ID_SDA" }
            [sound]
            card = "plughw:CARD=wm8960soundcard"
            """)
        #expect(wiring.notes.map { $0.prefix { $0 != " " } } == ["taken", "eeprom", "early", "low"])
        #expect(wiring.hat?.name == "WM8960 codec")
        #expect(SoundHAT(device: "plughw:CARD=Device") == nil)
    }
}

@Suite("The wiring's drawing")
struct WiringSheetTests {
    /// As the sheet draws it: along the pin's row, up or down in its lane, and into the block.
    private func path(_ block: WiringSide.Block) -> [Segment] {
        let lane = 100 + block.lane
        return [
            Segment(from: (0, block.pinHeight), to: (lane, block.pinHeight)),
            Segment(from: (lane, block.pinHeight), to: (lane, block.wireHeight)),
            Segment(from: (lane, block.wireHeight), to: (1_000, block.wireHeight)),
        ]
    }

    @Test("However many pins are used, blocks lie apart, in the order of their pins, and no two wires meet", arguments: 0..<60)
    func crossings(seed: UInt64) throws {
        var random = Shuffler(state: seed)
        var text = "[lines]\n"
        for gpio in 0...27 where random.next() % 3 != 0 {
            let direction = random.next() % 2 == 0 ? "input" : "output"
            text += "l\(gpio) = { direction = \"\(direction)\", line = \"GPIO\(gpio)\" }\n"
        }
        let connections = try wiring(text).connections
        for place in [WiringSide.Place.left, .right] {
            let blocks = WiringSide(place, connections).blocks
            #expect(blocks.map(\.pinHeight) == blocks.map(\.pinHeight).sorted())
            let gaps = zip(blocks, blocks.dropFirst()).map { $1.y - $0.y - $0.connection.part.height }
            #expect(gaps.allSatisfy { $0 > 0 })
            let meetings = blocks.indices.flatMap { index in
                blocks[(index + 1)...].filter { other in
                    path(blocks[index]).contains { a in path(other).contains { b in a.meets(b) } }
                }
            }
            #expect(meetings.map(\.connection.line) == [])
        }
    }

    @Test("A block has its pin's height where there is room")
    func straight() throws {
        let side = WiringSide(.left, try wiring("[lines]\na = { direction = \"input\", line = \"GPIO17\" }").connections)
        #expect(side.blocks.map { $0.wireHeight - $0.pinHeight } == [0])
        #expect(WiringSide(.right, []).blocks.isEmpty)
    }

    @Test("Names that look like markup are text, and what could steer a terminal is written out")
    func escaping() throws {
        let name = "<b>&\\u001b"
        let drawing = WiringSheet.draw(
            try wiring("[lines]\n\"\(name)\" = { direction = \"input\", line = \"BELL\" }"), title: "\"")
        #expect(drawing.contains("&lt;b&gt;&amp;\\u{1b}"))
        #expect(!drawing.contains("<b>") && !drawing.unicodeScalars.contains("\u{1b}"))
        #expect(drawing.contains("<title>&quot;</title>"))
    }

    @Test("The empty house has an empty sheet")
    func nothing() throws {
        let drawing = WiringSheet.draw(try wiring(""), title: "x")
        #expect(drawing.hasPrefix("<svg ") && drawing.hasSuffix("</svg>\n"))
        #expect(drawing.contains("0 lines"))
    }
}

/// A small generator, so that each seed is one drawing.
private struct Shuffler {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
}
