import Foundation
import Testing

@testable import Tool

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// What the shell answers to a tabulator behind `words`, the last of which is being written.
private func completions(_ words: [String]) throws -> [String] {
    let script = """
        source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _portier; printf '%s\\n' "${COMPREPLY[@]}"
        """
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments =
        ["--norc", "-c", script, "bash", root.appendingPathComponent("completion/portier.bash").path, "portier"] + words
    let output = Pipe()
    shell.standardOutput = output
    try shell.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    return text.split(separator: "\n").map(String.init)
}

/// The first words of the help's lines between a heading and the next empty line.
private func entries(under heading: String) -> [String] {
    let lines = Help.text.split(separator: "\n", omittingEmptySubsequences: false).drop { $0 != heading }.dropFirst()
    return lines.prefix { !$0.isEmpty }.filter { $0.hasPrefix("  ") }.map { String($0) }
}

@Suite("Completion of the command line in bash")
struct CompletionTests {
    @Test("Every command of the help is offered, and nothing else but help itself")
    func commands() throws {
        let known = entries(under: "Commands:").filter { !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(known.count > 10)
        #expect(try Set(completions([""])) == Set(known + ["help"]))
    }

    @Test("Every long option of the help is offered, and nothing else")
    func options() throws {
        let known = entries(under: "Options:").flatMap { $0.split { $0 == " " || $0 == "," } }
            .filter { $0.hasPrefix("--") }.map(String.init)
        #expect(known.count > 5)
        #expect(try Set(completions(["--"])) == Set(known))
    }

    @Test(
        "A word that was begun is completed, wherever options stand",
        arguments: [
            (["st"], ["state"]), (["--json", "ha"], ["hangup"]), (["-s", "/tmp/x", "pl"], ["playout"]),
            (["selftest", ""], ["sound"]),
            (["playout", "--rate", "1"], ["16000"]), (["press", ""], []), (["output", "light", "p"], ["pulse"]),
        ] as [([String], [String])])
    func words(written: [String], offered: [String]) throws {
        #expect(try completions(written) == offered)
    }
}
