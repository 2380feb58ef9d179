import Glibc
import Runtime

/// Why a file cannot be read or written.
public struct FileError: Error, Equatable, CustomStringConvertible {
    public var path: String
    public var code: Int32
    /// In place of the code's text.
    public var reason: String?

    public var description: String { "\(path): \(reason ?? String(cString: strerror(code)))" }
}

/// A regular file read whole, and its rights.
public struct FileContent {
    public var bytes: [UInt8]
    /// Permission bits.
    public var mode: UInt32

    /// Reads a regular file of at most `limit` bytes.
    public init(_ path: String, limit: Int) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(path: path, code: EINVAL, reason: "not a regular file") }
        guard status.st_size <= limit else {
            throw FileError(path: path, code: EFBIG, reason: "\(status.st_size) bytes; expected at most \(limit)")
        }
        mode = UInt32(status.st_mode) & 0o777
        bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, $0.count - count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw FileError(path: path, code: errno) }
            if got == 0 { break }
            count += got
        }
        bytes.removeLast(bytes.count - count)
    }
}

enum Files {
    /// Puts `bytes` at `path` so that a power cut leaves the old file or the new one, never half: write, fsync, rename, fsync.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(FileError) {
        let folder = folder(of: path)
        let temporary = folder + "/." + String(path.split(separator: "/").last ?? "file") + ".tmp"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw FileError(path: temporary, code: errno) }
        do throws(FileError) {
            try write(bytes, to: descriptor, temporary)
            guard fsync(descriptor) == 0 else { throw FileError(path: temporary, code: errno) }
            guard close(descriptor) == 0 else { throw FileError(path: temporary, code: errno) }
            guard rename(temporary, path) == 0 else { throw FileError(path: path, code: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw FileError(path: folder, code: errno) }
        fsync(directory)
        close(directory)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(FileError) {
        var count = 0
        while count < bytes.count {
            let done = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + count, $0.count - count) }
            if done < 0, errno == EINTR { continue }
            guard done > 0 else { throw FileError(path: path, code: errno) }
            count += done
        }
    }

    /// The folder that a path lies in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
