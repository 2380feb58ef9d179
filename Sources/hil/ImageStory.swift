import Foundation
import Rig

/// The story that `make hil-arm64` tells: an image is flashed and configured, calls, updates itself, and loses its power.
final class ImageStory {
    /// What is played; all without being told.
    enum Part: String, CaseIterable {
        case call, update, cuts, time
    }

    struct Options {
        var parts: Set<Part>
        var cuts = 50
        var seed: UInt64

        init(_ arguments: [String]) throws {
            func value(_ name: String) -> String? {
                arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
            }
            let words = (value("--parts") ?? "").split(separator: " ")
            parts = Set(
                try words.map { word in
                    if let part = Part(rawValue: String(word)) { return part }
                    let known = Part.allCases.map(\.rawValue).joined(separator: ", ")
                    throw RigError("there is no part '\(word)'; expected \(known)")
                })
            if parts.isEmpty { parts = Set(Part.allCases) }
            if let number = value("--cuts") {
                guard let number = Int(number), number > 0 else { throw RigError("--cuts wants a number of at least 1") }
                cuts = number
            }
            seed = value("--seed").flatMap { UInt64($0) } ?? UInt64.random(in: 0...999_999)
        }
    }

    let story: Story
    let shared: String
    let options: Options
    /// The image as it was made, and what it was made of.
    let image: String
    let parts: String
    private let versions: String
    private let cardFile: String
    private let registrar: Registrar
    private let addresses: Child

    /// `folder` has the image, and `shared` what the guest is given, by tools/guest-arm64.sh.
    init(_ story: Story, folder: String, shared: String, options: Options) throws {
        self.story = story
        self.shared = shared
        self.options = options
        image = folder + "/image/portier-virt.img"
        parts = folder + "/image/portier-virt"
        versions = folder + "/image/versions"
        cardFile = folder + "/card.img"
        try Guest.lay(cable: "guest0")
        // Who gives the board its address; it would be the router of the house.
        addresses = try Child(
            "dnsmasq",
            [
                "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=guest0", "--bind-interfaces",
                "--dhcp-range=\(Guest.address),\(Guest.address),255.255.255.0,1h", "--dhcp-leasefile=\(shared)/leases",
                "--dhcp-option=option:router,\(Guest.hostAddress)", "--log-dhcp", "--log-facility=-", "--user=root",
            ], log: shared + "/dnsmasq.log")
        registrar = try Registrar(address: Guest.hostAddress, port: 5070)
    }

    func run() throws {
        if options.parts.contains(.call) { try call() }
        if options.parts.contains(.update) { try Update(self).run() }
        if options.parts.contains(.cuts) { try Cuts(self).run() }
        if options.parts.contains(.time) { try measureStart() }
    }

    /// A freshly flashed card with this configuration on it.
    func flash(_ house: String) throws -> Card {
        let card = try Card(flashing: image, to: cardFile)
        try card.put(house, as: "portier.toml")
        return card
    }

    func boot(_ card: Card, _ start: Guest.Start = .bootLoader, within seconds: Double = 240) throws -> Guest {
        try Guest(card: card, parts: parts, shared: shared, start: start, within: seconds)
    }

    /// What the bundles of tools/guest-arm64.sh hold.
    enum Version: CaseIterable {
        /// The image once more.
        case former
        /// Another one that works.
        case good
    }

    func version(_ version: Version) -> Card.Version {
        switch version {
        case .former: Card.Version(boot: parts + "/boot.vfat", root: parts + "/root.squashfs")
        case .good: Card.Version(boot: versions + "/good.vfat", root: versions + "/good.squashfs")
        }
    }

    /// A house that registers, with a lamp of this name.
    func house(lamp: String = "bell") -> String {
        let account = """
            [accounts.house]
            address = "sip:door@\(registrar.address)"
            registrar = "sip:\(registrar.address)"
            password = "secret"

            """
        return Door.house(
            phone: "sip:phone@\(Guest.hostAddress):5060", lamp: lamp, drop: "/var/lib/portier/drop", more: account)
    }

    private func call() throws {
        let house = house()
        let card = try flash(house)
        defer { card.remove() }
        let board = try Board(story, shared: shared) { try boot(card) }
        let door = try Door(board.guest, followed: "door-1")
        let guest = board.guest
        let installed = try guest.perform("cat /etc/portier/portier.toml")
        story.check("the configuration was taken from the FAT partition", installed == house.trimmingCharacters(in: .newlines))
        try door.registered()
        story.check("the board got an address and registered", true)
        try board.visitorCalls(door)
        story.title("It is switched off")
        board.phone.stop()
        guest.child.type("0 systemctl poweroff")
        story.check("the board switched itself off", try guest.child.wait(within: 90) == 0)
    }
}

extension Door {
    /// Waits until its account is registered.
    func registered() throws {
        while try event("registration", within: 60).text("ready") != "yes" {}
    }
}
