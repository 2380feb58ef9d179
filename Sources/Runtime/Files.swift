import CLinux
import Glibc

/// Whole files, read and replaced at once; for small ones, off the audio thread.
public enum Files {
    public struct Contents: Sendable, Equatable {
        public var bytes: [UInt8]
        /// The permission bits.
        public var mode: UInt32
    }

    /// Reads a regular file of at most `limit` bytes.
    public static func read(_ path: String, limit: Int = 1 << 20) throws(SystemError) -> Contents {
        // Opening a pipe must not wait for its writer.
        let descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last("stat", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError("read", path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        var bytes = [UInt8](repeating: 0, count: min(max(0, Int(status.st_size)), limit) + 1)
        var count = 0
        while true {
            if count == bytes.count { bytes += [UInt8](repeating: 0, count: 4_096) }
            let room = bytes.count - count
            let got = bytes.withUnsafeMutableBytes { buffer in
                retryingInterrupts { Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, room) }
            }
            guard got >= 0 else { throw .last("read", path) }
            if got == 0 { break }
            count += got
            guard count <= limit else { throw SystemError("read", path, code: EFBIG) }
        }
        bytes.removeSubrange(count...)
        return Contents(bytes: bytes, mode: UInt32(status.st_mode & 0o7777))
    }

    /// How many bytes may still be written where `folder` lies; `Int.max` where nobody says.
    public static func room(in folder: String) -> Int {
        var figures = statvfs()
        // File systems without blocks of their own have none at all.
        guard statvfs(folder, &figures) == 0, figures.f_blocks > 0 else { return .max }
        let (room, isMore) = Int(clamping: figures.f_bavail).multipliedReportingOverflow(by: Int(clamping: figures.f_frsize))
        return isMore ? .max : room
    }

    /// Makes `bytes` the whole content of the file: after a power cut it is the old one or the new one, never a part.
    public static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
        let folder = folder(of: path)
        let temporary = folder + "/." + name(of: path) + ".new"
        let descriptor = retryingInterrupts { open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode) }
        guard descriptor >= 0 else { throw .last("open", temporary) }
        do throws(SystemError) {
            guard fchmod(descriptor, mode) == 0 else { throw .last("chmod", temporary) }
            try write(bytes, to: descriptor, temporary)
            guard fsync(descriptor) == 0 else { throw .last("fsync", temporary) }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else {
            let error = SystemError.last("rename", path)
            unlink(temporary)
            throw error
        }
        try synchronize(folder)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = retryingInterrupts {
                rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            }
            guard count > 0 else { throw .last("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    /// Waits until what a file holds is on the disk, whoever wrote it; its name is there only when its folder is, too.
    public static func synchronize(_ path: String) throws(SystemError) {
        let descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .last("fsync", path) }
    }

    /// What stands before the last slash; `.` when there is none.
    public static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// What stands after the last slash.
    public static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }
}
