import Foundation
import Rig

/// Registrars of all tempers: SIPp, and for SHA-256, which Debian's SIPp does not know, one of our own.
let registrarScenarios: [Scenario] = [
    Scenario("registration: MD5, qop, a stale nonce") { stage in
        let registrar = try stage.called("registrar-md5")
        let door = try registering(at: registrar.address, stage)
        try registrar.finish()
        try expectReady(door)
        try expectNoPassword(door)
        return "ready"
    },
    Scenario("registration: SHA-256 is taken before MD5") { stage in
        let registrar = try Registrar(stage.scratch)
        let door = try registering(at: registrar.address, stage)
        let count = try registrar.serve(within: 8)
        try expectReady(door)
        return "right at request \(count)"
    },
    Scenario("registration: 423 is asked again for longer") { stage in
        let registrar = try stage.called("registrar-brief")
        let door = try registering(at: registrar.address, stage)
        try registrar.finish()
        try expectReady(door)
        return "1800 s"
    },
    Scenario("wrong password, 403: no second try soon") { try wrongPassword("registrar-forbids", $0) },
    Scenario("wrong password, 401 again: no loop") { try wrongPassword("registrar-repeats", $0) },
]

private func registering(at address: String, _ stage: Stage) throws -> Portierd {
    try stage.door { house in
        house.more = """
            [accounts.house]
            address = "sip:door@\(address):5060"
            registrar = "sip:\(address):5060"
            password = "secret"
            expires = "60s"
            """
    }
}

private func wrongPassword(_ scenario: String, _ stage: Stage) throws -> String {
    let registrar = try stage.called(scenario, seconds: 30)
    let door = try registering(at: registrar.address, stage)
    let account = try door.tool.account("house", within: 8)
    let retry = account["retry_in"]?.double ?? 0
    try registrar.finish()
    try expect(retry > 300, "the next try is in \(Int(retry)) s already")
    try expectNoPassword(door)
    return "next try in \(Int(retry)) s: \(account["failure"]?.string ?? "")"
}

private func expectReady(_ door: Portierd) throws {
    let account = try door.tool.account("house", within: 5)
    try expect(account["expires_in"] != nil, "the account failed: \(account["failure"]?.string ?? "")")
}

private func expectNoPassword(_ door: Portierd) throws {
    let text =
        door.child.lines.all.joined() + (try door.tool.run("state", "--json")) + door.events.all.map { "\($0.values)" }.joined()
    try expect(!text.contains("secret"), "the password stands in a log, the state or an event")
}

/// A registrar that offers MD5 and SHA-256, and checks the answer with coreutils.
private final class Registrar {
    private let peer: UDPPeer
    private let scratch: Scratch
    var address: String { peer.address }

    init(_ scratch: Scratch) throws {
        self.scratch = scratch
        peer = try UDPPeer()
    }

    /// Serves until a request has the right digest, and returns how many it took.
    func serve(within seconds: Double) throws -> Int {
        let end = Clock.now + seconds
        var count = 0
        while Clock.now < end {
            guard let request = peer.receive(within: end - Clock.now), request.firstLine.hasPrefix("REGISTER ") else { continue }
            count += 1
            guard let authorization = request.header("Authorization") else {
                let challenges = ["MD5", "SHA-256"].map {
                    "WWW-Authenticate: Digest realm=\"house\", nonce=\"n-\($0)\", qop=\"auth\", algorithm=\($0)"
                }
                peer.send(request.response("401 Unauthorized", challenges), to: request.host, request.port)
                continue
            }
            try check(authorization)
            let contact = request.lines(of: "Contact").map { $0 + ";expires=60" }
            peer.send(request.response("200 OK", contact), to: request.host, request.port)
            return count
        }
        throw RigError("no digest came within \(seconds) s")
    }

    private func check(_ authorization: String) throws {
        func field(_ name: String) throws -> String {
            for part in authorization.dropFirst("Digest ".count).split(separator: ",") {
                let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                if pair.count == 2, pair[0].lowercased() == name { return pair[1].trimmingCharacters(in: ["\""]) }
            }
            throw RigError("the digest has no \(name)")
        }
        try expect(try field("algorithm") == "SHA-256", "the digest is by \(try field("algorithm"))")
        let first = try hash("door:house:secret")
        let second = try hash("REGISTER:\(try field("uri"))")
        let right = try hash("\(first):\(try field("nonce")):\(try field("nc")):\(try field("cnonce")):auth:\(second)")
        try expect(try field("response") == right, "the digest is wrong")
    }

    private func hash(_ text: String) throws -> String {
        try write(text, to: scratch.file("digest"))
        return String(try Command.run("sha256sum", [scratch.file("digest")]).output.prefix(64))
    }
}
