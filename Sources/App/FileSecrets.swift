import Configuration
import Glibc

/// Secrets from files beside the configuration, and from systemd's credentials.
struct FileSecrets: SecretSource {
    /// The folder of the configuration file: relative paths are meant from there.
    var folder: String
    /// `$CREDENTIALS_DIRECTORY`.
    var credentials: String?

    func file(_ path: String) throws(SecretError) -> [UInt8] {
        try read(path.hasPrefix("/") ? path : folder + "/" + path, mustBePrivate: true)
    }

    func credential(_ name: String) throws(SecretError) -> [UInt8] {
        guard let credentials else { throw .noCredentials }
        guard !name.contains("/"), name != "..", name != "." else { throw .notFound }
        return try read(credentials + "/" + name, mustBePrivate: false)
    }

    private func read(_ path: String, mustBePrivate: Bool) throws(SecretError) -> [UInt8] {
        let file: FileContent
        do throws(FileError) {
            file = try FileContent(path, limit: 4_096)
        } catch {
            throw error.code == ENOENT ? .notFound : .unreadable(error.description)
        }
        // Group rights are for the daemon's own group; others have no business here.
        if mustBePrivate, file.mode & 0o007 != 0 { throw .readableByOthers(mode: file.mode) }
        return file.bytes
    }
}
