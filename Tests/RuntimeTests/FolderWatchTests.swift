import Base
import Glibc
import Testing

@testable import Runtime

@Suite("Quiet time")
struct QuietTimeTests {
    @Test("A name is told once, a quiet time after its last change; others do not hold it up")
    func quiet() {
        var quietTime = QuietTime(.seconds(2))
        let start = Instant()
        quietTime.changed("b", at: start)
        quietTime.changed("a", at: start + .seconds(1))
        quietTime.changed("c", at: start + .seconds(1))
        quietTime.changed("b", at: start + .milliseconds(1_500))
        #expect(quietTime.nextDeadline == start + .seconds(3))
        #expect(quietTime.due(at: start + .milliseconds(2_999)) == [])
        #expect(quietTime.due(at: start + .seconds(3)) == ["a", "c"])
        #expect(quietTime.due(at: start + .seconds(10)) == ["b"])
        #expect(quietTime.nextDeadline == nil)
    }
}

@Suite("Folder watch")
struct FolderWatchTests {
    let loop: Loop
    let folder: String

    init() throws {
        loop = try Loop()
        folder = try temporaryFolder() + "/drop"
    }

    private func write(_ name: String, to folder: String? = nil) {
        let file = open("\(folder ?? self.folder)/\(name)", O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        _ = [UInt8](name.utf8).withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        close(file)
    }

    private func makeFolder() { mkdir(folder, 0o700) }

    private func removeFolder(_ folder: String? = nil) {
        let folder = folder ?? self.folder
        if let directory = opendir(folder) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
                unlink("\(folder)/\(name)")
                if name.hasPrefix("sub") { rmdir("\(folder)/\(name)") }
            }
            closedir(directory)
        }
        rmdir(folder)
    }

    private func cleanUp() {
        removeFolder()
        rmdir(String(folder.dropLast("/drop".count)))
    }

    /// Runs the Loop until `name` is told, or five seconds passed.
    private func run(until name: String, _ journal: Journal<String>) -> [String] {
        let limit = loop.now + .seconds(5)
        while !journal.entries.contains(name), loop.now < limit { loop.advance(by: .milliseconds(2)) }
        return journal.entries
    }

    private func watch(existing: Bool = false, _ journal: Journal<String>) throws -> FolderWatch {
        try FolderWatch(folder, quiet: .milliseconds(2), retry: .milliseconds(5), existing: existing, on: loop) {
            journal.write($0)
        }
    }

    @Test("A file written or moved in is told by name; folders, and files only opened or taken away, are not")
    func files() throws {
        makeFolder()
        defer { cleanUp() }
        write("old")
        let journal = Journal<String>()
        let watch = try watch(journal)
        defer { watch.cancel() }
        mkdir(folder + "/sub", 0o700)
        write("taken away", to: folder + "/sub")
        close(open(folder + "/old", O_RDONLY))
        write("new")
        #expect(run(until: "new", journal) == ["new"])
        rename(folder + "/sub/taken away", folder + "/moved in")
        #expect(run(until: "moved in", journal) == ["new", "moved in"])
        write("last")
        #expect(run(until: "last", journal) == ["new", "moved in", "last"])
    }

    @Test("Files already there are told when asked for")
    func existing() throws {
        makeFolder()
        defer { cleanUp() }
        write("a")
        write("b")
        mkdir(folder + "/sub", 0o700)
        let journal = Journal<String>()
        let watch = try watch(existing: true, journal)
        defer { watch.cancel() }
        #expect(run(until: "b", journal) == ["a", "b"])
    }

    @Test("A folder that is made later, removed and made again, or moved away, is found again with its files")
    func folderComesAndGoes() throws {
        defer { cleanUp() }
        let journal = Journal<String>()
        let watch = try watch(journal)
        defer { watch.cancel() }
        #expect(!watch.isWatching)
        makeFolder()
        write("first")
        #expect(run(until: "first", journal) == ["first"])
        removeFolder()
        makeFolder()
        write("second")
        #expect(run(until: "second", journal) == ["first", "second"])
        let elsewhere = folder + "-moved"
        rename(folder, elsewhere)
        defer { removeFolder(elsewhere) }
        makeFolder()
        write("third")
        #expect(run(until: "third", journal) == ["first", "second", "third"])
        write("not ours", to: elsewhere)
        write("fourth")
        #expect(run(until: "fourth", journal) == ["first", "second", "third", "fourth"])
    }

    @Test("When the kernel's queue was too short, all files are told")
    func overflow() throws {
        makeFolder()
        defer { cleanUp() }
        let journal = Journal<String>()
        let watch = try watch(journal)
        defer { watch.cancel() }
        // Two files by turns, because the kernel joins equal events; its queue is 16,384 long unless set otherwise.
        write("a")
        write("b")
        for turn in 0..<18_000 { close(open(folder + (turn % 2 == 0 ? "/a" : "/b"), O_WRONLY)) }
        write("lost")
        #expect(Set(run(until: "lost", journal)) == ["a", "b", "lost"])
    }

    @Test("Cancelled, it tells nothing more")
    func cancelled() throws {
        makeFolder()
        defer { cleanUp() }
        let journal = Journal<String>()
        let watch = try watch(journal)
        write("new")
        watch.cancel()
        watch.cancel()
        loop.advance(by: .milliseconds(5))
        #expect(journal.entries.isEmpty)
    }
}
