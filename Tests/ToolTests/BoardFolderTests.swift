import Configuration
import Foundation
import Testing

@testable import Tool

private let boards = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("board")

/// A board's folder, and what is in its files.
private struct BoardFolder {
    let name: String

    static let all: [BoardFolder] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: boards.path)) ?? []
        return names.sorted().map(BoardFolder.init).filter { $0.has("portier.toml") }
    }()

    func path(_ file: String) -> String { boards.appendingPathComponent("\(name)/\(file)").path }
    func has(_ file: String) -> Bool { FileManager.default.fileExists(atPath: path(file)) }
    func text(_ file: String) throws -> String { try String(contentsOfFile: path(file), encoding: .utf8) }
    /// Without comments and empty lines.
    func lines(_ file: String) throws -> [String] {
        try text(file).split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") && !$0.allSatisfy(\.isWhitespace) }
    }
    func house() throws -> HouseConfiguration {
        try #require(ConfigurationCheck(withoutSecretsOf: path("portier.toml")).configuration)
    }
    func wiring() throws -> Wiring { Wiring(try house()) }
    /// Lines of the header as the firmware knows them; none for a board without one.
    func onHeader() throws -> [Wiring.Connection] { try wiring().connections.filter { $0.pin != nil } }
}

@Suite("The boards")
struct BoardFolderTests {
    private struct Result: Equatable {
        var status = Tool.Status.done
        var out = ""
        var error = ""
    }

    private func run(_ arguments: String...) -> Result {
        var result = Result()
        let tool = Tool(
            Tool.Surroundings(
                socket: nil, credentials: nil, printOut: { result.out += $0 }, printError: { result.error += $0 }))
        result.status = tool.run(arguments)
        return result
    }

    @Test("There is a folder for each, all of it told in the table of README.md")
    func folders() throws {
        #expect(BoardFolder.all.map(\.name) == ["pi3", "pi4", "pi5", "virt", "zero2w"])
        let table = try String(contentsOf: boards.appendingPathComponent("README.md"), encoding: .utf8)
        for board in BoardFolder.all { #expect(table.contains("[\(board.name)](\(board.name)/README.md)")) }
    }

    @Test("portier check accepts each as it stands", arguments: BoardFolder.all.map(\.name))
    func check(name: String) {
        let path = BoardFolder(name: name).path("portier.toml")
        let result = run("check", path)
        #expect(result.status == .done)
        #expect(result.out == "\(path): ok\n")
    }

    @Test("wiring.svg is what the tool draws: after a change, make wiring", arguments: BoardFolder.all.map(\.name))
    func drawing(name: String) throws {
        let board = BoardFolder(name: name)
        let result = run("wiring", board.path("portier.toml"))
        #expect(result.status == .done)
        #expect(result.error == "")
        // Compared apart, so that a difference is not told by two whole drawings.
        let isTheSame = try result.out == board.text("wiring.svg")
        #expect(isTheSame)
    }

    @Test("No line is unwisely placed", arguments: BoardFolder.all.map(\.name))
    func wise(name: String) throws {
        #expect(try BoardFolder(name: name).wiring().notes == [])
    }

    @Test("README.md has the wiring's picture, and each line with its pin", arguments: BoardFolder.all.map(\.name))
    func readme(name: String) throws {
        let board = BoardFolder(name: name)
        let text = try board.text("README.md")
        #expect(text.contains("(wiring.svg)"))
        for connection in try board.wiring().connections {
            let place = connection.pin.map { "\($0.label) | \($0.number)" } ?? connection.place
            #expect(text.contains("| `\(connection.line)` | \(place) |"), "\(connection.line)")
        }
    }

    @Test("The firmware sets every output to its inactive level before the kernel starts", arguments: BoardFolder.all.map(\.name))
    func safeLevels(name: String) throws {
        let board = BoardFolder(name: name)
        let outputs = try board.onHeader().filter { $0.wire.direction == .output }
        guard !outputs.isEmpty else { return }
        let firmware = try board.lines("image/boot/config.txt")
        for output in outputs {
            let gpio = try #require(output.pin?.gpio)
            #expect(firmware.contains("gpio=\(gpio)=op,\(output.wire.isActiveLow ? "dh" : "dl")"), "\(output.line)")
        }
        #expect(firmware.filter { $0.hasPrefix("gpio=") }.count == outputs.count)
    }

    @Test("A killed daemon's lines fall back to their pulls: the kernel is told so", arguments: BoardFolder.all.map(\.name))
    func killed(name: String) throws {
        let board = BoardFolder(name: name)
        guard try !board.onHeader().isEmpty else { return }
        let driver = name == "pi5" ? "pinctrl_rp1" : "pinctrl_bcm2835"
        let lines = try board.lines("image/boot/cmdline.txt")
        #expect(lines.count == 1)
        #expect(lines.first?.split(separator: " ").contains("\(driver).persist_gpio_outputs=n") == true)
    }

    @Test("An overlay that the firmware is to load is among ours", arguments: BoardFolder.all.map(\.name))
    func overlays(name: String) throws {
        let board = BoardFolder(name: name)
        guard board.has("image/boot/config.txt") else { return }
        for line in try board.lines("image/boot/config.txt") where line.hasPrefix("dtoverlay=") {
            let source = boards.appendingPathComponent("overlays/\(line.dropFirst(10)).dts")
            #expect(FileManager.default.fileExists(atPath: source.path), "\(line)")
        }
    }

    @Test("What is wrong with a configuration is told as portier check tells it, and nothing is drawn")
    func wrong() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("house.toml")
        try "[lines]\nbell = { direction = \"input\", lin = \"GPIO17\" }\n".write(to: file, atomically: true, encoding: .utf8)
        let check = run("check", file.path)
        let drawing = run("wiring", file.path)
        #expect(check.status == .refused)
        #expect(check.out.contains("house.toml:2:"))
        #expect(drawing == Result(status: .refused, error: check.out))
        let absent = run("check", folder.path + "/none")
        #expect(run("wiring", folder.path + "/none") == Result(status: .refused, error: absent.out))
    }

    @Test("A drawing needs no secret")
    func secrets() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let house = """
            [lines]
            s = { direction = "output", line = "GPIO22" }
            [doors.front]
            line = "s"
            codes_file = "absent"
            """
        try house.write(to: file, atomically: true, encoding: .utf8)
        #expect(run("check", file.path).status == .refused)
        #expect(run("wiring", file.path).status == .done)
    }
}
