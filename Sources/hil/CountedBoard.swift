import JSON
import Rig

/// A board whose clock counts instructions, with an account that is registered and a sound card that is open: what its times
/// are does not depend on what else the host has to do.
struct CountedBoard {
    let story: Story
    private let guest: Guest

    init(_ story: Story, folder: String, shared: String) throws {
        self.story = story
        story.title("A board with a clock of its own")
        guest = try Guest(folder: folder, shared: shared, console: shared + "/console-counted.log", pace: .counted)
        story.tell("The board is on, with one processor at 1 ns an instruction.")
        try Rig.write(Self.house, to: shared + "/house.toml")
    }

    /// Nobody outside is reached: there is no cable.
    private static let house = Door.house(
        phone: "sip:phone@127.0.0.1",
        more: """
            [accounts.house]
            address = "sip:door@127.0.0.1:5080"
            registrar = "sip:127.0.0.1:5080"
            password = "secret"
            """)

    func run() throws {
        let registrar = try guest.start("registrar 5080", output: "/dev/null")
        let idle = Idle(story, guest)
        try idle.start()
        let door = try Door(guest, name: "door-counted")
        try door.registered()
        let card = try JSONValue(parsing: guest.perform("portier --json state"))["sound"]?["card"]?.string
        story.check("its account is registered and its sound card is open", card == "open", card ?? "")
        try idle.wait(door)
        try Reaction(story, guest).run()
        _ = try guest.run("kill -TERM \(door.pid); wait \(door.pid); kill \(registrar)")
        story.check("that board switched itself off, too", try guest.powerOff() == 0)
    }
}
