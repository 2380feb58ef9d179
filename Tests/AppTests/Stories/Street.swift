import App
import Base
import Intercom
import JSON
import Simulator
import Testing

/// A house at 10.0.0.1 with a bell, two phones that its book knows, and a registrar that some stories use.
struct Street {
    let network: VirtualNetwork
    let house: SimulatedHouse
    let kitchen: ScriptedPeer
    let attic: ScriptedPeer

    static let houseAddress = SocketAddress(.v4(0x0A00_0001), port: 5060)
    static let kitchenAddress = SocketAddress(.v4(0x0A00_0002), port: 5060)
    static let atticAddress = SocketAddress(.v4(0x0A00_0003), port: 5060)
    static let pbxAddress = SocketAddress(.v4(0x0A00_0004), port: 5060)
    static let kitchenSound = SocketAddress(.v4(0x0A00_0002), port: 7000)
    static let atticSound = SocketAddress(.v4(0x0A00_0003), port: 7000)

    /// The house's configuration; stories replace or add lines.
    static func configuration(_ changes: [String: String] = [:], adding more: String = "") -> String {
        var text = """
            [board]
            kind = "simulated"

            [lines]
            bell = { direction = "input", line = "bell" }
            second = { direction = "input", line = "second" }
            contact = { direction = "input", line = "contact" }
            light = { direction = "output", line = "light" }
            strike = { direction = "output", line = "strike" }

            [buttons.bell]
            line = "bell"
            lamp = "bell"
            short = { call = "flat" }

            [buttons.second]
            line = "second"
            short = { call = "attic" }

            [lamps.bell]
            line = "light"

            [doors.front]
            line = "strike"
            codes = ["4711#"]

            [phone_book.flat]
            targets = ["sip:kitchen@10.0.0.2"]
            ring_time = "20s"

            [phone_book.attic]
            targets = ["sip:attic@10.0.0.3"]

            [sip]
            user = "door"

            [log]
            level = "debug"

            """
        for (old, new) in changes {
            precondition(text.contains(old), "the configuration has no \(old)")
            text = text.split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
        }
        return text + more
    }

    static let together = [
        "targets = [\"sip:kitchen@10.0.0.2\"]":
            "targets = [\"sip:kitchen@10.0.0.2\", \"sip:attic@10.0.0.3\"]\norder = \"together\""
    ]
    static let inTurn = ["targets = [\"sip:kitchen@10.0.0.2\"]": "targets = [\"sip:kitchen@10.0.0.2\", \"sip:attic@10.0.0.3\"]"]

    init(
        _ configuration: String = configuration(), files: [String: [UInt8]] = [:], seed: UInt64 = 7, starts: Bool = true
    ) throws {
        network = VirtualNetwork(seed: seed)
        kitchen = ScriptedPeer(on: network, at: Self.kitchenAddress, user: "kitchen")
        attic = ScriptedPeer(on: network, at: Self.atticAddress, user: "attic")
        house = try SimulatedHouse(on: network, at: Self.houseAddress, configuration: configuration, files: files, seed: seed)
        house.names.addresses = ["pbx.example": [Self.pbxAddress.address]]
        if starts {
            house.start()
            advance(.milliseconds(100))
        }
    }

    func advance(_ duration: Duration) { network.advance(by: duration) }

    /// The bell was pressed and the kitchen answered.
    func talking() -> CallID {
        kitchen.behave(.answers(after: .seconds(1)), sound: Self.kitchenSound)
        house.press("bell")
        advance(.seconds(2))
        return .outgoing(1)
    }

    /// Why each call ended, in order.
    var endings: [String] { house.events("call-ended").compactMap { $0["reason"]?.string } }

    /// A call of the kitchen to the house; the house has not answered by itself yet.
    func kitchenCalls(callID: String = "kitchen-calls", from phone: ScriptedPeer? = nil) -> ScriptedCall {
        let phone = phone ?? kitchen
        let call = ScriptedCall(phone, calls: "sip:door@10.0.0.1", at: Self.houseAddress, callID: callID)
        phone.script = { phone, item in
            if item.message.summary.hasSuffix(" INVITE") { call.acknowledge(item.message) }
            if item.message.isRequest, item.message.method != "ACK" { phone.respond(to: item, 200, "OK") }
        }
        call.invite(sdp: ScriptedSDP.audio(Self.kitchenSound))
        advance(.milliseconds(100))
        return call
    }
}
