import Configuration
import Foundation
import Testing

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Every table with a key that nobody knows: the report lists those that are known.
private let everyTable = """
    zzzzzzzzzzzz = 1
    [board]
    zzzzzzzzzzzz = 1
    [lines]
    x = { direction = "input", zzzzzzzzzzzz = 1 }
    [buttons.x]
    short = { zzzzzzzzzzzz = 1 }
    zzzzzzzzzzzz = 1
    [chords.x]
    zzzzzzzzzzzz = 1
    [lamps.x]
    zzzzzzzzzzzz = 1
    [doors.x]
    zzzzzzzzzzzz = 1
    [outputs.x]
    zzzzzzzzzzzz = 1
    [contacts.x]
    zzzzzzzzzzzz = 1
    [alarms]
    zzzzzzzzzzzz = 1
    [phone_book.x]
    zzzzzzzzzzzz = 1
    [accounts.x]
    zzzzzzzzzzzz = 1
    [callers.x]
    zzzzzzzzzzzz = 1
    [answering]
    zzzzzzzzzzzz = 1
    [trust]
    zzzzzzzzzzzz = 1
    [sip]
    zzzzzzzzzzzz = 1
    [sound]
    zzzzzzzzzzzz = 1
    [calls]
    zzzzzzzzzzzz = 1
    [drop]
    zzzzzzzzzzzz = 1
    [control]
    zzzzzzzzzzzz = 1
    [log]
    zzzzzzzzzzzz = 1
    """

@Suite("The documentation")
struct DocumentationTests {
    @Test("Every key of every table is described", arguments: ["docs/configuration.md", "docs/man/portier.toml.5"])
    func complete(path: String) throws {
        let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
        let words = Set(text.split { !($0.isLetter || $0 == "_") })
        let reports = read(everyTable).problems.compactMap { $0.components(separatedBy: "; expected one of ").dropFirst().first }
        #expect(reports.count == 22)
        for key in Set(reports.flatMap { $0.components(separatedBy: ", ") }) {
            #expect(words.contains(Substring(key)), "\(key) is missing")
        }
    }
}
