import Foundation
import Rig

/// A house's exchange: an Asterisk with the dial plan of `Interop/asterisk`, and a seat for each scenario.
final class Exchange: @unchecked Sendable {
    let asterisk: Asterisk
    let speech: SpeechFiles
    private let lock = NSLock()
    private var free: [Seat.Kind: [Seat]] = [:]
    // The exchange must not outlive its folder.
    private let scratch: Scratch

    init(_ channel: Asterisk.Channel, speech: SpeechFiles) throws {
        self.speech = speech
        scratch = try Scratch("exchange")
        let address = Ports.address()
        var number = 0
        for kind in Seat.Kind.allCases {
            for _ in 0..<kind.count {
                free[kind, default: []].append(Seat(number: number, kind: kind, exchange: address))
                number += 1
            }
        }
        let seats = free.values.joined().sorted { $0.number < $1.number }
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
    }

    private static let packages = ["asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm"]

    func stop() { asterisk.stop() }

    /// A seat that nobody had yet.
    func seat(_ kind: Seat.Kind) throws -> Seat {
        lock.lock()
        defer { lock.unlock() }
        guard let seat = free[kind]?.popLast() else { throw RigError("all seats of the kind \(kind) are taken") }
        return seat
    }

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

/// A scenario's place at the exchange: numbers for a door and three phones, and what is special about the door's line.
struct Seat: Sendable {
    enum Kind: CaseIterable, Hashable {
        case plain, direct, sha256, timers, reliable, info, qualified, encrypted

        var count: Int { self == .plain ? 40 : 4 }
    }

    var number: Int
    var kind: Kind
    /// The exchange's address.
    var exchange: String

    var digits: String { number < 10 ? "0\(number)" : "\(number)" }
    var door: String { "1" + digits }
    var phone: String { "2" + digits }
    var second: String { "3" + digits }
    var third: String { "4" + digits }
    var all: [String] { [door, phone, second, third] }
    static let password = "a-plain-password"
}
