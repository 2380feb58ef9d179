extension HouseReader {
    /// Who may call from anywhere: each has a password, by whichever of its three keys.
    func readCallers(_ file: inout TableReader) {
        var positions: [String: Position] = [:]
        for (name, source) in file.tables("callers") {
            var table = source
            let username = table.value("username", .text) ?? name
            let given = table.value("password", .text, isSecret: true)
            let password = secretText("password", in: &table) ?? given
            let isNamed = ["password", "password_file", "password_credential"].contains { table.entry($0) != nil }
            if !isNamed {
                report.add(
                    table.position, "\(table.path) has no password",
                    expected: "password, password_file or password_credential")
            }
            if let other = positions[username] {
                report.add(
                    table.position, "\(table.path) has the username of line \(other.line)", expected: "a username of its own")
            }
            positions[username] = table.position
            table.finish()
            if let password {
                house.callers[name] = HouseConfiguration.Caller(username: username, password: Secret(password))
            }
        }
    }
}
