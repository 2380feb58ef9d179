import Base
import Configuration
import Glibc
import Runtime

/// Watches the folder that configurations are dropped into, and answers each file beside it.
actor DropFolder {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let folder: String
    private let quiet: Duration
    private let log: Log
    /// Applies a configuration whole or not at all.
    private let apply: @Sendable (_ bytes: [UInt8], _ name: String) -> DropVerdict
    private var watch: FolderWatch?

    /// `quiet` is how long a file has to be left alone before it is taken.
    init(
        loop: Loop, folder: String, quiet: Duration = .milliseconds(200), log: Log,
        apply: @escaping @Sendable (_ bytes: [UInt8], _ name: String) -> DropVerdict
    ) {
        self.loop = loop
        self.folder = folder
        self.quiet = quiet
        self.log = log
        self.apply = apply
    }

    func start() throws(SystemError) {
        watch = try FolderWatch(folder, quiet: quiet, existing: true, on: loop) { [weak self] name in
            self?.assumeIsolated { $0.take(name) }
        }
    }

    func close() {
        watch?.cancel()
        watch = nil
    }

    private func take(_ name: String) {
        guard let file = DroppedFile(name: name), !isAnswered(file) else { return }
        let verdict: DropVerdict
        do throws(SystemError) {
            let bytes = try Files.read(folder + "/" + name, limit: DroppedFile.mostBytes).bytes
            // Who wrote it did not wait for the disk; after a power cut it would be empty beside what we say of it.
            try Files.synchronize(folder + "/" + name)
            verdict = apply(bytes, name)
        } catch {
            if error.code == ENOENT { return }  // taken away again
            verdict = .failed(["\(error)"])
        }
        let report = verdict.report(for: file)
        unlink(folder + "/" + report.removed)
        do throws(SystemError) {
            try Files.replace(folder + "/" + report.name, with: Array(report.text.utf8), mode: 0o640)
        } catch {
            log.error("drop-verdict-failed", ["error": error])
            // Unanswered it would be looked at again at the next start, cut off as it may be; another name takes no room.
            if !verdict.isApplied { rename(folder + "/" + name, folder + "/" + report.name) }
        }
    }

    /// Files that lie there at the start are looked at once only: a verdict not older than the file speaks for it.
    private func isAnswered(_ file: DroppedFile) -> Bool {
        guard let changed = time(file.name, \.st_ctim) else { return false }
        return [file.appliedName, file.rejectedName].contains { name in
            time(name, \.st_mtim).map { $0 >= changed } ?? false
        }
    }

    private func time(_ name: String, _ field: KeyPath<stat, timespec>) -> (Int, Int)? {
        var status = stat()
        guard stat(folder + "/" + name, &status) == 0 else { return nil }
        return (status[keyPath: field].tv_sec, status[keyPath: field].tv_nsec)
    }
}
