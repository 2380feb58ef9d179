import Base
import Configuration
import Glibc
import Runtime

/// Watches the folder that configurations are dropped into, and answers each file beside it.
actor DropFolder {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let folder: String
    private let log: Log
    /// Applies a configuration whole or not at all.
    private let apply: @Sendable (_ bytes: [UInt8], _ name: String) -> DropVerdict
    private var watch: FolderWatch?

    init(loop: Loop, folder: String, log: Log, apply: @escaping @Sendable (_ bytes: [UInt8], _ name: String) -> DropVerdict) {
        self.loop = loop
        self.folder = folder
        self.log = log
        self.apply = apply
    }

    func start() throws(SystemError) {
        watch = try FolderWatch(folder, existing: true, on: loop) { [weak self] name in
            self?.assumeIsolated { $0.take(name) }
        }
    }

    func close() {
        watch?.cancel()
        watch = nil
    }

    private func take(_ name: String) {
        guard DropVerdict.isTaken(name) else { return }
        let path = folder + "/" + name
        let verdict: DropVerdict
        do throws(FileError) {
            let file = try FileContent(path, limit: ConfigurationStore.sizeLimit)
            if isAnswered(path, file.bytes) { return }
            verdict = apply(file.bytes, name)
        } catch {
            if error.code == ENOENT { return }  // taken away again
            verdict = .rejected([error.description])
        }
        answer(path, verdict)
    }

    /// Files that were there at the start are looked at once only: an answer newer than the file speaks for it.
    private func isAnswered(_ path: String, _ bytes: [UInt8]) -> Bool {
        var file = stat()
        guard stat(path, &file) == 0 else { return false }
        return DropVerdict.suffixes.contains { suffix in
            var answer = stat()
            guard stat(path + suffix, &answer) == 0 else { return false }
            return (answer.st_mtim.tv_sec, answer.st_mtim.tv_nsec) >= (file.st_ctim.tv_sec, file.st_ctim.tv_nsec)
        }
    }

    private func answer(_ path: String, _ verdict: DropVerdict) {
        for suffix in DropVerdict.suffixes where suffix != verdict.suffix { unlink(path + suffix) }
        do throws(FileError) {
            try Files.replace(path + verdict.suffix, with: Array(verdict.text.utf8), mode: 0o640)
        } catch {
            log.error("drop-answer-failed", ["error": error])
        }
    }
}

/// What became of a dropped file; the answer is written beside it as `NAME.applied` or `NAME.rejected`.
enum DropVerdict: Sendable, Equatable {
    /// What changed, a line each; empty when nothing did.
    case applied([String])
    /// Why not, a line each.
    case rejected([String])

    static let suffixes = [".applied", ".rejected"]

    var suffix: String {
        switch self {
        case .applied: Self.suffixes[0]
        case .rejected: Self.suffixes[1]
        }
    }

    var text: String {
        switch self {
        case .applied(let changes): (changes.isEmpty ? ["nothing changed"] : changes).joined(separator: "\n") + "\n"
        case .rejected(let reasons): reasons.joined(separator: "\n") + "\n"
        }
    }

    /// Whether a file of this name is meant: not hidden, not half uploaded, not an answer.
    static func isTaken(_ name: String) -> Bool {
        !name.hasPrefix(".") && !name.hasSuffix("~") && !(suffixes + [".tmp", ".part", ".filepart", ".swp"]).contains { name.hasSuffix($0) }
    }
}
