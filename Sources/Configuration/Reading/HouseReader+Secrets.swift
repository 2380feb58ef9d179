extension HouseReader {
    /// The text of a secret file or credential, without the line breaks around it; reported when it cannot be had.
    ///
    /// Reads `<key>_file` or `<key>_credential`; one of those and `<key>` itself may be given.
    func secretText(_ key: String, in table: inout TableReader) -> String? {
        let file = table.value("\(key)_file", .text)
        let credential = table.value("\(key)_credential", Self.credentialName)
        let given = [key, "\(key)_file", "\(key)_credential"].filter { table.entry($0) != nil }
        if given.count > 1 {
            report.add(
                table.position(of: given[1]), "\(table.path) has \(given.joined(separator: " and "))",
                expected: "only one of them")
        }
        if let file {
            return text(of: file, at: table.position(of: "\(key)_file")) { secrets throws(SecretError) in try secrets.file(file) }
        }
        if let credential {
            return text(of: credential, at: table.position(of: "\(key)_credential")) { secrets throws(SecretError) in
                try secrets.credential(credential)
            }
        }
        return nil
    }

    private func text(
        of name: String, at position: Position, _ read: (any SecretSource) throws(SecretError) -> [UInt8]
    ) -> String? {
        let bytes: [UInt8]
        do {
            bytes = try read(secrets)
        } catch {
            let (what, expected) = Self.words(for: error)
            report.add(position, "the secret \"\(name)\" \(what)", expected: expected)
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains("\0") else {
            report.add(position, "the secret \"\(name)\" is not text", expected: "UTF-8")
            return nil
        }
        let trimmed = text.drop { $0.isNewline }
        guard let end = trimmed.lastIndex(where: { !$0.isNewline }) else {
            report.add(position, "the secret \"\(name)\" is empty", expected: "a secret")
            return nil
        }
        return String(trimmed[...end])
    }

    static func words(for error: SecretError) -> (what: String, expected: String) {
        switch error {
        case .notFound: ("is not there", "a file with the secret in it")
        case .readableByOthers(let mode):
            ("may be read by everyone (mode \(String(mode & 0o7777, radix: 8)))", "mode 600 or 640")
        case .noCredentials: ("cannot be had: the service has no credentials", "LoadCredential= in its unit")
        case .unreadable(let reason): ("cannot be read: \(reason)", "a file that the service may read")
        }
    }

    /// A name and not a path: it must not lead out of the credentials' folder.
    private static var credentialName: Form<String> {
        .text("the name of a systemd credential") { name in
            name.isEmpty || name == "." || name == ".." || name.contains("/") || name.utf8.contains(0) ? nil : name
        }
    }
}
