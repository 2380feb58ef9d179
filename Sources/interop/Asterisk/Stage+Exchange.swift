import Foundation
import Rig

extension Stage {
    var asterisk: Asterisk {
        get throws {
            guard let exchange = venue as? Exchange else { throw RigError("this scenario needs an exchange") }
            return exchange.asterisk
        }
    }

    /// The name under which Asterisk has the call of a number.
    func channel(of number: String) throws -> String {
        let prefix = "\(try asterisk.channel.rawValue)/\(number)-"
        let name = Clock.poll(within: 3, every: 0.1) { () -> String? in
            guard let list = try? asterisk.command("core show channels concise") else { return nil }
            return list.split(separator: "\n").map { String($0.split(separator: "!")[0]) }.first { $0.hasPrefix(prefix) }
        }
        guard let name else { throw RigError("Asterisk has no call of \(number)") }
        return name
    }
}
