import Base
import CLinux
import Glibc

/// Tells which files in a folder were written or moved in, once they were left alone for a while. Belongs to the Loop's thread.
///
/// A folder that is not there yet, or is made anew, is found within `retry`. When events may have been missed (the
/// kernel's queue was full, the folder is new), all its files are told.
public final class FolderWatch: @unchecked Sendable {
    public let path: String
    private let loop: Loop
    private let handler: @Sendable (String) -> Void
    private let descriptor: Int32
    private var watch: Watch?
    /// The kernel's number of the folder's watch; `nil` while there is no folder.
    private var folder: Int32?
    private var quietTime: QuietTime
    private let quietAlarm: Alarm
    private let retryAlarm: Alarm

    /// How often a folder that is not there is looked for.
    private let retryInterval: Duration
    private static let events = UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)

    /// `existing` tells the files that are there already, too.
    public init(
        _ path: String, quiet: Duration = .milliseconds(200), retry: Duration = .seconds(1), existing: Bool, on loop: Loop,
        handler: @escaping @Sendable (_ name: String) -> Void
    ) throws(SystemError) {
        self.path = path
        self.loop = loop
        self.handler = handler
        retryInterval = retry
        quietTime = QuietTime(quiet)
        quietAlarm = Alarm(on: loop)
        retryAlarm = Alarm(on: loop)
        let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { throw .last("inotify_init1") }
        self.descriptor = descriptor
        do throws(SystemError) {
            watch = try loop.watch(descriptor, for: .readable) { [weak self] _ in self?.read() }
        } catch {
            close(descriptor)
            throw error
        }
        quietAlarm.handler = { [weak self] in self?.tell() }
        retryAlarm.handler = { [weak self] in self?.find(tellingFiles: true) }
        find(tellingFiles: existing)
    }

    /// Whether the folder is there and watched.
    public var isWatching: Bool { folder != nil }

    /// Tells nothing any more.
    public func cancel() {
        guard let watch else { return }
        watch.cancel()
        self.watch = nil
        quietAlarm.set(at: nil)
        retryAlarm.set(at: nil)
        close(descriptor)
    }

    deinit {
        if watch != nil { close(descriptor) }
    }

    private func find(tellingFiles: Bool) {
        let number = inotify_add_watch(descriptor, path, Self.events | UInt32(IN_ONLYDIR))
        guard number >= 0 else {
            folder = nil
            retryAlarm.set(after: retryInterval)
            return
        }
        folder = number
        if tellingFiles { scan() }
    }

    /// The folder went away, or another one may be at its path.
    private func lose() {
        if let folder { inotify_rm_watch(descriptor, folder) }
        folder = nil
        retryAlarm.set(after: retryInterval)
    }

    private func read() {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            let count = retryingInterrupts { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
            var offset = 0
            let headerSize = MemoryLayout<inotify_event>.size
            while offset + headerSize <= count {
                let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                let start = offset + headerSize
                offset = start + Int(event.len)
                let name = String(decoding: buffer[start..<min(offset, count)].prefix { $0 != 0 }, as: UTF8.self)
                happened(event, name)
            }
        }
        quietAlarm.set(at: quietTime.nextDeadline)
    }

    private func happened(_ event: inotify_event, _ name: String) {
        if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
            scan()
            return
        }
        guard event.wd == folder else { return }
        if event.mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT) != 0 {
            lose()
        } else if event.mask & UInt32(IN_ISDIR) == 0, !name.isEmpty {
            quietTime.changed(name, at: loop.now)
        }
    }

    /// All files count as changed now.
    private func scan() {
        guard let directory = opendir(path) else { return }
        defer { closedir(directory) }
        let now = loop.now
        while let entry = readdir(directory) {
            // The entry ends with its name, before the end of its type: the name must not be copied as a whole.
            let start = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 19)
            let name = String(cString: start.assumingMemoryBound(to: CChar.self))
            // Some file systems do not say what an entry is; its reader finds out.
            guard entry.pointee.d_type == UInt8(DT_REG) || entry.pointee.d_type == UInt8(DT_UNKNOWN) else { continue }
            quietTime.changed(name, at: now)
        }
        quietAlarm.set(at: quietTime.nextDeadline)
    }

    private func tell() {
        for name in quietTime.due(at: loop.now) { handler(name) }
        quietAlarm.set(at: watch == nil ? nil : quietTime.nextDeadline)
    }
}
