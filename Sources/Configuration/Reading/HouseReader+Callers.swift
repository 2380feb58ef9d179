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
            let algorithms = table.list("algorithms", .oneOf) as [HouseConfiguration.Caller.Algorithm]?
            if let algorithms, algorithms.isEmpty || Set(algorithms).count < algorithms.count {
                report.add(
                    table.position(of: "algorithms"), "\(table.name(of: "algorithms")) is empty, wrong, or has one twice",
                    expected: "some of \(alternatives(HouseConfiguration.Caller.Algorithm.allCases.map(\.rawValue)))")
            }
            table.finish()
            if let password {
                var caller = HouseConfiguration.Caller(username: username, password: Secret(password))
                if let algorithms { caller.algorithms = algorithms }
                house.callers[name] = caller
            }
        }
    }
}
