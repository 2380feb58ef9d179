import Configuration
import Foundation
import Testing

private let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("examples")

private let vault = Vault(
    files: ["door-codes": .success("4711#\n0815\n")],
    credentials: ["door-codes": .success("4711#"), "pbx": .success("swordfish\n")])

@Suite("The example configurations")
struct ExamplesTests {
    @Test("Each is right", arguments: ["direct", "asterisk", "simulated"])
    func right(name: String) throws {
        let text = try Data(contentsOf: examples.appendingPathComponent(name + ".toml"))
        let reading = read(Array(text), secrets: vault)
        #expect(reading.problems == [])
        #expect(reading.house?.buttons.isEmpty == false)
    }
}
