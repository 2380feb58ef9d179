import Foundation
import JSON

/// The command-line tool, run as a user would.
public struct PortierTool: Sendable {
    let program: String
    let socket: String

    /// Runs it and returns what it printed; a refusal is an error with its words.
    @discardableResult
    public func run(_ arguments: String...) throws -> String {
        let command = try Command.run(program, ["--socket", socket] + arguments)
        guard command.code == 0 else {
            throw RigError("portier \(arguments.joined(separator: " ")): exit code \(command.code): \(command.output)")
        }
        return command.output
    }

    public func state() throws -> JSONValue {
        let text = try run("state", "--json")
        guard let state = try? JSONValue(parsing: text) else { throw RigError("portier state printed no JSON: \(text)") }
        return state
    }
}

extension PortierTool {
    public func press(_ button: String) throws { try run("press", button) }

    /// What an account's registration came to, once it is not under way any more.
    public func account(_ name: String, within seconds: Double) throws -> JSONValue {
        let account = Clock.poll(within: seconds, every: 0.05) { () -> JSONValue? in
            let account = try? state()["accounts"]?.array?.first { $0["name"]?.string == name }
            return account?["expires_in"] != nil || account?["retry_in"] != nil ? account : nil
        }
        guard let account else { throw RigError("the account \(name) came to nothing within \(seconds) s") }
        return account
    }

    /// What a lamp shows, such as `talking`, and whether it is lit right now.
    public func lamp(_ name: String) throws -> (shows: String, isLit: Bool) {
        let lamps = try state()["lamps"]?.array ?? []
        guard let lamp = lamps.first(where: { $0["name"]?.string == name }) else {
            throw RigError("no lamp \(name) in the state")
        }
        return (lamp["shows"]?.string ?? "", lamp["lit"]?.bool ?? false)
    }

    /// Names of the lines that are active: lamps that are lit, relays that are pulled.
    public func activeLines() throws -> [String] {
        try state()["active_lines"]?.array?.compactMap(\.string) ?? []
    }
}
