import Base
import SIP
import Simulator
import Telephony
import Testing

/// The door's user agent on a virtual network, with a scripted phone that it trusts.
struct Stage {
    let network: VirtualNetwork
    let door: SimulatedPhone
    /// A phone whose messages the story writes.
    let phone: ScriptedPeer
    /// Where the phone's sound goes.
    let phoneSound = SocketAddress(.v4(0x0A00_0002), port: 7000)

    static let doorAddress = SocketAddress(.v4(0x0A00_0001), port: 5060)
    static let phoneAddress = SocketAddress(.v4(0x0A00_0002), port: 5060)
    static let pbxAddress = SocketAddress(.v4(0x0A00_0003), port: 5060)
    static let strangerAddress = SocketAddress(.v4(0x0A09_0909), port: 5060)

    init(seed: UInt64 = 1, settings: UserAgentSettings = Stage.settings(), starts: Bool = true) {
        network = VirtualNetwork(seed: seed)
        door = SimulatedPhone(on: network, at: Self.doorAddress, settings: settings, seed: seed)
        phone = ScriptedPeer(on: network, at: Self.phoneAddress, user: "phone")
        door.names = ["pbx.example": [Self.pbxAddress.address]]
        if starts {
            door.start()
            network.advance(by: .milliseconds(50))
        }
    }

    static func settings(_ change: (inout UserAgentSettings) -> Void = { _ in }) -> UserAgentSettings {
        var settings = UserAgentSettings()
        settings.localUser = "door"
        settings.trust.hosts = ["\(phoneAddress.address)"]
        settings.media.ports = [4000, 4002, 4004, 4006]
        settings.limits.callTime = nil
        change(&settings)
        return settings
    }

    /// Those of a phone that takes every call to `phone`.
    static func openSettings() -> UserAgentSettings {
        settings {
            $0.localUser = "phone"
            $0.trust.everyone = true
        }
    }

    static func uri(_ text: String) -> URI {
        guard let uri = try? URI(text) else { preconditionFailure("\(text) is no URI") }
        return uri
    }

    // MARK: The door calls

    /// The door calls the phone; the number names the call.
    @discardableResult
    func dial(_ number: UInt32 = 1, ringTime: Duration? = nil) -> CallID {
        let call = CallID.outgoing(number)
        door.perform(.call(call, target: Self.uri("sip:phone@10.0.0.2"), account: nil, ringTime: ringTime))
        return call
    }

    /// The phone's usual manners: it rings, answers after `delay`, and confirms CANCEL and BYE.
    func phoneAnswers(after delay: Duration? = .seconds(2), sdp: String? = nil) {
        let sound = sdp ?? ScriptedSDP.audio(phoneSound)
        var ringing: [String: ScriptedPeer.Received] = [:]
        phone.script = { phone, item in
            switch item.message.summary {
            case "INVITE" where item.message.toTag == nil:
                guard ringing.updateValue(item, forKey: item.message.callID) == nil else { return }
                phone.respond(to: item, 180, "Ringing")
                guard let delay else { return }
                phone.after(delay) {
                    if ringing[item.message.callID] != nil { phone.respond(to: item, 200, "OK", sdp: sound) }
                }
            case "INVITE":
                phone.respond(to: item, 200, "OK", sdp: sound)
            case "CANCEL":
                phone.respond(to: item, 200, "OK")
                if let invite = ringing.removeValue(forKey: item.message.callID) {
                    phone.respond(to: invite, 487, "Request Terminated")
                }
            case "BYE", "INFO", "OPTIONS":
                phone.respond(to: item, 200, "OK")
            default:
                break
            }
        }
    }

    /// A call that the door placed and the phone answered.
    func talking(_ number: UInt32 = 1) -> CallID {
        phoneAnswers(after: .seconds(1))
        let call = dial(number)
        network.advance(by: .seconds(2))
        return call
    }

    // MARK: The phone calls

    /// The phone calls the door, which rings; the door has not answered.
    func phoneCalls(sdp: String?? = .none, fields: [String] = [], callID: String = "scripted-call") -> ScriptedCall {
        let call = ScriptedCall(phone, calls: "sip:door@10.0.0.1", at: Self.doorAddress, callID: callID)
        phone.script = { phone, item in
            switch item.message.summary {
            case let summary where summary.hasSuffix(" INVITE"): call.acknowledge(item.message)
            case "BYE", "INVITE", "INFO": phone.respond(to: item, 200, "OK")
            default: break
            }
        }
        call.invite(sdp: sdp ?? ScriptedSDP.audio(phoneSound), fields: fields)
        network.advance(by: .milliseconds(20))
        return call
    }

    /// A call that the phone placed and the door answered.
    func answered() throws -> (ScriptedCall, CallID) {
        let call = phoneCalls()
        let id = try #require(door.incoming.last)
        door.perform(.ring(id))
        door.perform(.answer(id))
        network.advance(by: .milliseconds(20))
        return (call, id)
    }

    /// What the phone got, without 100 Trying, which may come or not.
    var heard: [String] { phone.summaries.filter { !$0.hasPrefix("100 ") } }
}

extension WireMessage {
    /// The direction attribute of the body, or what it means to have none.
    var direction: String {
        ["sendrecv", "sendonly", "recvonly", "inactive"].first { body.contains("a=\($0)\r\n") } ?? "sendrecv"
    }
}
