import Configuration

/// Secrets that lie in the test.
struct Vault: SecretSource {
    var files: [String: Result<String, SecretError>] = [:]
    var credentials: [String: Result<String, SecretError>] = [:]

    func file(_ path: String) throws(SecretError) -> [UInt8] { Array(try (files[path] ?? .failure(.notFound)).get().utf8) }

    func credential(_ name: String) throws(SecretError) -> [UInt8] {
        Array(try (credentials[name] ?? .failure(.noCredentials)).get().utf8)
    }
}

/// What reading gives: a house, or the lines that people see.
enum Reading: Equatable {
    case house(HouseConfiguration)
    case problems([String])

    var house: HouseConfiguration? { if case .house(let house) = self { house } else { nil } }
    var problems: [String] { if case .problems(let problems) = self { problems } else { [] } }
}

func read(_ text: String, secrets: Vault = Vault(), checkURI: (String) -> String? = { _ in nil }) -> Reading {
    read(Array(text.utf8), secrets: secrets, checkURI: checkURI)
}

func read(_ text: [UInt8], secrets: Vault = Vault(), checkURI: (String) -> String? = { _ in nil }) -> Reading {
    do {
        return .house(try HouseConfiguration.read(text: text, file: "house.toml", secrets: secrets, checkURI: checkURI))
    } catch {
        return .problems(error.problems.map(\.description))
    }
}
