import Base
import Configuration
import Crypto
import HouseFile
import Runtime

/// Where the configuration lies: the file that the daemon was started on, and the last one that was dropped and applied.
///
/// The dropped one is kept as last-known-good and survives a restart, until somebody edits the file: it carries the
/// file's hash in its first line, so that the newer of the two is known without a clock that could be trusted.
public struct ConfigurationStore: Sendable {
    public var file: String
    /// Folder for what must survive a restart; `nil` keeps nothing.
    public var stateFolder: String?
    /// `$CREDENTIALS_DIRECTORY`.
    public var credentials: String?

    public init(file: String, stateFolder: String?, credentials: String?) {
        self.file = file
        self.stateFolder = stateFolder
        self.credentials = credentials
    }

    private static let mark = "# last-known-good over "

    public struct Loaded: Sendable {
        public var configuration: HouseConfiguration
        /// Whose words it is: the file's path, or the last-known-good's.
        public var source: String
    }

    var lastKnownGood: String? { stateFolder.map { $0 + "/last-known-good.toml" } }

    private var secrets: SystemSecrets { SystemSecrets(folder: Files.folder(of: file), credentials: credentials) }

    /// The configuration to start on. A file with errors is an error, even when there is a last-known-good.
    public func load() throws(ConfigurationError) -> Loaded {
        let configuration = try HouseConfiguration.read(path: file, secrets: secrets)
        if let path = lastKnownGood, let kept = try? Files.read(path, limit: HouseConfiguration.largestFile + 256).bytes,
            let line = kept.firstIndex(of: 0x0A), kept[..<line].elementsEqual(firstLine.utf8),
            let dropped = try? parse(kept, name: path)
        {
            return Loaded(configuration: dropped, source: path)
        }
        return Loaded(configuration: configuration, source: file)
    }

    /// Reads a dropped configuration; secrets are looked for where the file's are.
    func parse(_ bytes: [UInt8], name: String) throws(ConfigurationError) -> HouseConfiguration {
        try HouseConfiguration.read(text: bytes, file: name, secrets: secrets, checkURI: HouseConfiguration.whatIsWrong(withURI:))
    }

    /// Keeps a configuration that was applied; it may hold secrets, so that nobody else may read it.
    func keep(_ bytes: [UInt8]) throws(SystemError) {
        guard let path = lastKnownGood else { return }
        try Files.replace(path, with: Array((firstLine + "\n").utf8) + Self.withoutMark(bytes), mode: 0o600)
    }

    private var firstLine: String {
        let base = (try? Files.read(file, limit: HouseConfiguration.largestFile).bytes) ?? []
        return Self.mark + hexadecimal(Hash.sha256.digest(base))
    }

    /// A last-known-good that is dropped again loses its old first line.
    private static func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.starts(with: mark.utf8), let line = bytes.firstIndex(of: 0x0A) else { return bytes }
        return Array(bytes[(line + 1)...])
    }
}
