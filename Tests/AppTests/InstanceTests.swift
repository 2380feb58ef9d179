import Foundation
import Testing

@testable import App

@Suite("The machine's UUID: RFC 5626 §4.1")
struct InstanceTests {
    @Test("It is made once, kept, and made again when what was kept is none")
    func kept() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("portier-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var number: UInt64 = 0
        func load() -> String? {
            Instance.load(from: folder.path) {
                number += 1
                return number
            }
        }
        let first = try #require(load())
        #expect(UUID(uuidString: first) != nil)
        #expect(load() == first)
        try Data("rubbish".utf8).write(to: folder.appendingPathComponent("instance"))
        let second = try #require(load())
        #expect(second != first)
        #expect(load() == second)
        #expect(Instance.load(from: nil) { 1 } == nil)
        #expect(Instance.load(from: folder.path + "/nowhere") { 1 } == nil)
    }

    @Test("It says that it is random")
    func form() {
        #expect(Instance.uuid(.max, .max) == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        #expect(Instance.uuid(0, 0) == "00000000-0000-4000-8000-000000000000")
        #expect(!Instance.isUUID("ffffffff-ffff-4fff-bfff-ffffffffffffx"))
        #expect(!Instance.isUUID("ffffffff-ffff-4fff-bfff-fffffffffff\""))
    }
}
