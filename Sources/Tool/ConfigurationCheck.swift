import Configuration
import HouseFile
import JSON
import Runtime

/// `portier check`: what the daemon would say of a configuration file.
struct ConfigurationCheck {
    var problems: [Problem]
    /// `nil` when it is wrong.
    private(set) var configuration: HouseConfiguration?
    /// What is allowed and not wise.
    var warnings: [String] = []
    /// Credentials that could not be looked at, because they are there only while the service runs.
    var uncheckedCredentials: [String]

    init(file: String, credentials: String?) {
        let secrets = CheckedSecrets(
            SystemSecrets(folder: Files.folder(of: file), credentials: credentials), hasCredentials: credentials != nil)
        self.init(file: file, secrets: secrets)
        uncheckedCredentials = secrets.unchecked
    }

    /// For those whom secrets are no business of: every one is taken to be right.
    init(withoutSecretsOf file: String) {
        self.init(file: file, secrets: TakenAsRight())
    }

    private init(file: String, secrets: any SecretSource) {
        do throws(ConfigurationError) {
            let house = try HouseConfiguration.read(path: file, secrets: secrets)
            configuration = house
            warnings = house.warnings
            problems = []
        } catch {
            problems = error.problems
        }
        uncheckedCredentials = []
    }

    var json: JSONValue {
        [
            "ok": .bool(problems.isEmpty),
            "warnings": .array(warnings.map { .string($0) }),
            "problems": .array(
                problems.map { problem in
                    var object: JSONObject = [
                        "file": .string(problem.file), "line": .integer(Int64(problem.line)),
                        "column": .integer(Int64(problem.column)), "what": .string(problem.what),
                    ]
                    object["expected"] = problem.expected.map { .string($0) }
                    return .object(object)
                }),
        ]
    }
}

/// Takes it that a credential is right when there is no folder to look for it in.
private final class CheckedSecrets: SecretSource {
    private let source: SystemSecrets
    private let hasCredentials: Bool
    private(set) var unchecked: [String] = []

    init(_ source: SystemSecrets, hasCredentials: Bool) {
        self.source = source
        self.hasCredentials = hasCredentials
    }

    func file(_ path: String) throws(SecretError) -> [UInt8] { try source.file(path) }

    func credential(_ name: String) throws(SecretError) -> [UInt8] {
        if hasCredentials { return try source.credential(name) }
        unchecked.append(name)
        return TakenAsRight().credential(name)
    }
}

/// Knows no secret, and gives something that is right as a password and as a key code.
private struct TakenAsRight: SecretSource {
    func file(_ path: String) -> [UInt8] { Array("0".utf8) }
    func credential(_ name: String) -> [UInt8] { Array("0".utf8) }
}
