import Rig

/// A house's proxy: a Kamailio that asks each INVITE for credentials and stays in the way of each dialog.
final class Proxy: Venue, @unchecked Sendable {
    let kamailio: Kamailio
    // It must not outlive its folder.
    private let scratch: Scratch

    init(speech: SpeechFiles, algorithm: String = "MD5") throws {
        scratch = try Scratch("proxy")
        let pool = SeatPool(at: Ports.address(), kinds: [.plain])
        kamailio = try Kamailio(
            in: try Chroot("kamailio", suite: "trixie", packages: ["kamailio"]), folder: try scratch.folder("kamailio"),
            address: pool.address, password: Seat.password, algorithm: algorithm)
        super.init(speech, pool)
    }

    override func stop() { kamailio.stop() }
}

extension Stage {
    var kamailio: Kamailio {
        get throws {
            guard let proxy = venue as? Proxy else { throw RigError("this scenario needs a proxy") }
            return proxy.kamailio
        }
    }
}
