import Foundation
import Rig

/// A house's exchange: an Asterisk with the dial plan of `Interop/asterisk`, and a seat for each scenario.
final class Exchange: Venue, @unchecked Sendable {
    let asterisk: Asterisk
    // The exchange must not outlive its folder.
    private let scratch: Scratch

    init(_ channel: Asterisk.Channel, speech: SpeechFiles, address: String = Ports.address()) throws {
        scratch = try Scratch("exchange")
        let pool = SeatPool(at: address)
        let seats = pool.all
        let folder = try scratch.folder("asterisk")
        try Self.makeKeys(for: address, in: try scratch.folder("asterisk/keys"))
        for name in ["sounds", "music"] { _ = try scratch.folder("asterisk/" + name) }
        try speech.resident.write(to: folder + "/sounds/resident.wav")
        try speech.resident[0..<4].write(to: folder + "/sounds/short.wav")
        try speech.third.write(to: folder + "/music/third.wav")
        let chroot =
            switch channel {
            case .pjsip: try Chroot("asterisk", suite: "forky", packages: Self.packages)
            case .sip: try Chroot("asterisk16", suite: "bullseye", packages: Self.packages + ["asterisk-voicemail"])
            }
        asterisk = try Asterisk(
            channel, in: chroot, folder: folder, address: address,
            files: [
                channel == .pjsip ? "pjsip.conf" : "sip.conf": channel == .pjsip
                    ? Self.pjsip(seats, address: address) : Self.sip(seats, address: address),
                "queues.conf": "[general]\n"
                    + seats.map {
                        "[line\($0.digits)]\nstrategy=ringall\ntimeout=15\njoinempty=yes\nmember => \(channel.rawValue)/\($0.phone)\n"
                    }.joined(),
                "voicemail.conf": "[general]\nformat=wav\nmaxsecs=20\nminsecs=1\nreview=no\nsendvoicemail=no\n[default]\n"
                    + seats.map { "\($0.door) => 1234,Door\n\($0.phone) => 1234,Phone\n" }.joined(),
            ])
        super.init(speech, pool)
    }

    private static let packages = ["asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm"]

    override func stop() { asterisk.stop() }

    private static func makeKeys(for address: String, in folder: String) throws {
        let made = try Command.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=\(address)", "-addext", "subjectAltName=IP:\(address),DNS:\(address)",
                "-keyout", folder + "/key.pem", "-out", folder + "/certificate.pem",
            ])
        guard made.code == 0 else { throw RigError("openssl made no certificate: \(made.output.suffix(200))") }
    }
}
