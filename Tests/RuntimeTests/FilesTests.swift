import Glibc
import Testing

@testable import Runtime

@Suite("Whole files")
struct FilesTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = try temporaryFolder()
        defer {
            for name in ["file", "link", "pipe"] { unlink(folder + "/" + name) }
            rmdir(folder)
        }
        try body(folder)
    }

    @Test("What was written is read, with its rights, also over an older file; nothing else is left in the folder")
    func replace() throws {
        try inFolder { folder in
            let path = folder + "/file"
            let long = [UInt8](repeating: 7, count: 100_000)
            try Files.replace(path, with: long, mode: 0o640)
            #expect(try Files.read(path) == Files.Contents(bytes: long, mode: 0o640))
            try Files.replace(path, with: [1, 2])
            #expect(try Files.read(path) == Files.Contents(bytes: [1, 2], mode: 0o600))
            try Files.replace(path, with: [])
            #expect(try Files.read(path).bytes == [])
            unlink(path)
            #expect(rmdir(folder) == 0)
        }
    }

    @Test("A disk has room; how much, nobody knows of what has no blocks or is not there")
    func room() throws {
        try inFolder { folder in
            #expect(1..<Int.max ~= Files.room(in: folder))
            #expect(Files.room(in: "/proc") == .max)
            #expect(Files.room(in: folder + "/file") == .max)
        }
    }

    @Test("A file that is missing, too long, a folder or a pipe is an error that says which")
    func errors() throws {
        try inFolder { folder in
            let path = folder + "/file"
            #expect(throws: SystemError("open", path, code: ENOENT)) { try Files.read(path) }
            try Files.replace(path, with: [1, 2, 3])
            #expect(try Files.read(path, limit: 3).bytes.count == 3)
            #expect(throws: SystemError("read", path, code: EFBIG)) { try Files.read(path, limit: 2) }
            #expect(throws: SystemError("read", folder, code: EISDIR)) { try Files.read(folder) }
            mkfifo(folder + "/pipe", 0o600)
            #expect(throws: SystemError("read", folder + "/pipe", code: EINVAL)) { try Files.read(folder + "/pipe") }
            #expect(throws: SystemError("open", "\(folder)/none/.file.new", code: ENOENT)) {
                try Files.replace(folder + "/none/file", with: [])
            }
        }
    }

    @Test("Endless files stop at the limit, and files of the kernel whose size says nothing are read")
    func kernelFiles() throws {
        #expect(try !Files.read("/proc/self/status").bytes.isEmpty)
        #expect(throws: SystemError("read", "/proc/self/status", code: EFBIG)) { try Files.read("/proc/self/status", limit: 10) }
    }

    @Test(
        "A path has a folder and a name",
        arguments: [("/a/b.toml", "/a", "b.toml"), ("b", ".", "b"), ("/b", "/", "b"), ("a/b/", "a/b", "")])
    func paths(path: String, folder: String, name: String) {
        #expect(Files.folder(of: path) == folder)
        #expect(Files.name(of: path) == name)
    }
}
