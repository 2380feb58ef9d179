import Foundation
import Rig

/// The story that `make hil-arm64` tells: an image is flashed and configured, and calls.
final class ImageStory {
    private let story: Story
    private let shared: String
    /// The image as it was made, and what it was made of.
    private let image: String
    private let parts: String
    private let cardFile: String
    private let registrar: Registrar
    private let addresses: Child

    /// `folder` has the image, and `shared` what the guest is given, by tools/guest-arm64.sh.
    init(_ story: Story, folder: String, shared: String) throws {
        self.story = story
        self.shared = shared
        image = folder + "/image/portier-virt.img"
        parts = folder + "/image/portier-virt"
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

    /// A house that registers.
    private func house() -> String {
        let account = """
            [accounts.house]
            address = "sip:door@\(registrar.address)"
            registrar = "sip:\(registrar.address)"
            password = "secret"

            """
        return Door.house(phone: "sip:phone@\(Guest.hostAddress):5060", more: account)
    }

    func run() throws {
        let house = house()
        let card = try Card(flashing: image, to: cardFile)
        defer { card.remove() }
        try card.put(house, as: "portier.toml")
        let board = try Board(story, shared: shared) { try Guest(card: card, parts: parts, shared: shared) }
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
