import Configuration
import Glibc
import Runtime

/// Secrets from the disk: files beside the configuration, and the credentials that systemd gives a service.
public struct SystemSecrets: SecretSource {
    /// No password is longer; whatever is, was named by mistake.
    private static let longestSecret = 65_536

    /// Where relative paths start.
    private let folder: String
    /// The value of CREDENTIALS_DIRECTORY.
    private let credentials: String?

    public init(folder: String, credentials: String?) {
        self.folder = folder
        self.credentials = credentials
    }

    public func file(_ path: String) throws(SecretError) -> [UInt8] {
        let contents = try read(absolute(path))
        guard contents.mode & 0o007 == 0 else { throw .readableByOthers(mode: contents.mode) }
        return contents.bytes
    }

    public func document(_ path: String) throws(SecretError) -> [UInt8] {
        try read(absolute(path)).bytes
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : folder + "/" + path }

    public func credential(_ name: String) throws(SecretError) -> [UInt8] {
        guard let credentials else { throw .noCredentials }
        return try read(credentials + "/" + name).bytes
    }

    private func read(_ path: String) throws(SecretError) -> Files.Contents {
        do throws(SystemError) {
            return try Files.read(path, limit: Self.longestSecret)
        } catch {
            throw error.code == ENOENT ? .notFound : .unreadable(SystemError.text(error.code))
        }
    }
}
