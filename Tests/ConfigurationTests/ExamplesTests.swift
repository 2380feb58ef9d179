import Configuration
import Foundation
import Testing

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

private let vault = Vault(
    files: ["door-codes": .success("4711#\n0815\n"), "inner-codes": .success("2222#\n")],
    credentials: ["door-codes": .success("4711#"), "pbx": .success("swordfish\n")])

@Suite("The example configurations")
struct ExamplesTests {
    @Test("Each is right", arguments: ["direct", "asterisk", "simulated", "panel", "entrance"])
    func right(name: String) throws {
        let text = try Data(contentsOf: root.appendingPathComponent("examples/\(name).toml"))
        let reading = read(Array(text), secrets: vault)
        #expect(reading.problems == [])
        #expect(reading.house?.buttons.isEmpty == false)
    }
}
