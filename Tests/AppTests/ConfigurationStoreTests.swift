import Configuration
import Foundation
import Testing

@testable import App

@Suite("Where the configuration lies: the file, and the last-known-good")
final class ConfigurationStoreTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("portier-store-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    private var store: ConfigurationStore {
        ConfigurationStore(file: folder.path + "/house.toml", stateFolder: folder.path, credentials: nil)
    }

    private func write(_ user: String) throws {
        try text(user).write(toFile: store.file, atomically: true, encoding: .utf8)
    }

    private func text(_ user: String) -> String { "[board]\nkind = \"simulated\"\n[sip]\nuser = \"\(user)\"\n" }

    private func user() throws -> String { try store.load().configuration.sip.user }

    @Test("A dropped configuration survives a restart, until somebody edits the file")
    func precedence() throws {
        try write("file")
        #expect(try user() == "file")
        try store.keep(Array(text("dropped").utf8))
        #expect(try user() == "dropped")
        #expect(try store.load().source == store.lastKnownGood)
        try write("edited")
        #expect(try user() == "edited")
        #expect(try store.load().source == store.file)
    }

    @Test("The last-known-good may be dropped again, and is read by its owner only")
    func droppedAgain() throws {
        try write("file")
        try store.keep(Array(text("dropped").utf8))
        let path = try #require(store.lastKnownGood)
        let kept = try Data(contentsOf: URL(fileURLWithPath: path))
        try store.keep(Array(kept))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == kept)
        #expect(try user() == "dropped")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
    }

    @Test("A spoilt last-known-good is passed over, a spoilt file is an error")
    func spoilt() throws {
        try write("file")
        try store.keep(Array(text("dropped").utf8) + Array("nonsense".utf8))
        #expect(try user() == "file")
        try "nonsense".write(toFile: store.file, atomically: true, encoding: .utf8)
        #expect(throws: ConfigurationError.self) { try self.store.load() }
    }
}
