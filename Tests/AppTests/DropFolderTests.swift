import Base
import Configuration
import Foundation
import Runtime
import Synchronization
import Testing

@testable import App

@Suite("The drop folder")
final class DropFolderTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("portier-drop-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// What lies there once the file was dropped, and was answered or at least asked about.
    private func drop(_ text: String, verdict: DropVerdict) throws -> [String: String] {
        final class Count: Sendable { let value = Atomic(0) }
        let count = Count()
        let loop = try Loop()
        let drop = DropFolder(loop: loop, folder: folder.path, quiet: .milliseconds(2), log: .silent()) { _, _ in
            count.value.wrappingAdd(1, ordering: .relaxed)
            return verdict
        }
        try drop.assumeIsolated { drop in Result { try drop.start() } }.get()
        try text.write(toFile: folder.path + "/house.toml", atomically: true, encoding: .utf8)
        let limit = loop.now + .seconds(5)
        while count.value.load(ordering: .relaxed) == 0, loop.now < limit { loop.advance(by: .milliseconds(2)) }
        drop.assumeIsolated { $0.close() }
        #expect(count.value.load(ordering: .relaxed) == 1)
        var files: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            files[name] = try? String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
        }
        return files
    }

    @Test("A refused file is answered beside it")
    func refused() throws {
        let files = try drop("x", verdict: .failed(["no"]))
        #expect(files == ["house.toml": "x", "house.toml.rejected": "rejected, nothing was changed\nno\n"])
    }

    @Test("A refused file that cannot be answered is renamed, so that it is not taken at the next start")
    func unanswerable() throws {
        // Where the answer would be written first.
        let place = folder.path + "/.house.toml.rejected.new"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let files = try drop("x", verdict: .failed(["no room"]))
        #expect(files == ["house.toml.rejected": "x"])
    }
}
