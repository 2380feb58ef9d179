import Configuration
import Crypto
import SIP

/// Where the configuration lies: the file that the daemon was started on, and the last one that was dropped and applied.
///
/// The dropped one is kept as last-known-good and survives a restart, until somebody edits the file: it carries the
/// file's hash in its first line, so that the newer of the two is known without a clock that could be trusted.
struct ConfigurationStore: Sendable {
    var file: String
    /// Folder for what must survive a restart; `nil` keeps nothing.
    var stateFolder: String?
    var credentials: String?

    static let sizeLimit = 1 << 20
    private static let mark = "# last-known-good over "

    struct Loaded: Sendable {
        var configuration: HouseConfiguration
        /// Whose words it is: the file's path, or the last-known-good's.
        var source: String
    }

    /// Why there is no configuration.
    enum LoadError: Error, CustomStringConvertible {
        case file(FileError)
        case content(ConfigurationError)

        var description: String {
            switch self {
            case .file(let error): error.description
            case .content(let error): error.description
            }
        }
    }

    var lastKnownGood: String? { stateFolder.map { $0 + "/last-known-good.toml" } }

    /// The configuration to start on. A file with errors is an error, even when there is a last-known-good.
    func load() throws(LoadError) -> Loaded {
        let bytes = try content(file)
        let configuration = try parse(bytes, name: file)
        if let path = lastKnownGood, let kept = try? FileContent(path, limit: Self.sizeLimit + 256),
            let line = kept.bytes.firstIndex(of: 0x0A), kept.bytes[..<line].elementsEqual(Self.firstLine(over: bytes).utf8),
            let dropped = try? parse(kept.bytes, name: path)
        {
            return Loaded(configuration: dropped, source: path)
        }
        return Loaded(configuration: configuration, source: file)
    }

    func parse(_ bytes: [UInt8], name: String) throws(LoadError) -> HouseConfiguration {
        do throws(ConfigurationError) {
            return try HouseConfiguration.read(
                text: bytes, file: name, secrets: FileSecrets(folder: Files.folder(of: file), credentials: credentials),
                checkURI: { URI.problem(of: $0) })
        } catch {
            throw .content(error)
        }
    }

    private func content(_ path: String) throws(LoadError) -> [UInt8] {
        do throws(FileError) {
            return try FileContent(path, limit: Self.sizeLimit).bytes
        } catch {
            throw .file(error)
        }
    }

    /// Keeps a configuration that was applied; it may hold secrets, so that nobody else may read it.
    func keep(_ bytes: [UInt8]) throws(FileError) {
        guard let path = lastKnownGood else { return }
        let base = (try? FileContent(file, limit: Self.sizeLimit).bytes) ?? []
        try Files.replace(path, with: Array((Self.firstLine(over: base) + "\n").utf8) + Self.withoutMark(bytes), mode: 0o600)
    }

    private static func firstLine(over base: [UInt8]) -> String { mark + hexadecimal(Hash.sha256.digest(base)) }

    /// A last-known-good that is dropped again loses its old first line.
    private static func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.starts(with: mark.utf8), let line = bytes.firstIndex(of: 0x0A) else { return bytes }
        return Array(bytes[(line + 1)...])
    }
}
