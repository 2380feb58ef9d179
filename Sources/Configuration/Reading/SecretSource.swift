/// Where the secrets lie that the configuration only points to; the caller does the reading.
public protocol SecretSource {
    /// The bytes of a file; a relative path is meant from the configuration file's folder.
    func file(_ path: String) throws(SecretError) -> [UInt8]

    /// The bytes of a file that is no secret and that everyone may read, such as a certificate.
    func document(_ path: String) throws(SecretError) -> [UInt8]

    /// The bytes of a systemd credential, `$CREDENTIALS_DIRECTORY/NAME`.
    func credential(_ name: String) throws(SecretError) -> [UInt8]
}

extension SecretSource {
    public func document(_ path: String) throws(SecretError) -> [UInt8] { try file(path) }
}

/// Why a secret cannot be had.
public enum SecretError: Error, Equatable, Sendable {
    case notFound
    /// Others than its owner and group may read the file: it is no secret. The file's mode bits.
    case readableByOthers(mode: UInt32)
    /// The service was given no credentials at all.
    case noCredentials
    /// The system's words.
    case unreadable(String)
}

/// For configurations that point to no secrets: none is ever found.
public struct NoSecrets: SecretSource {
    public init() {}

    public func file(_ path: String) throws(SecretError) -> [UInt8] { throw .notFound }
    public func credential(_ name: String) throws(SecretError) -> [UInt8] { throw .noCredentials }
}
