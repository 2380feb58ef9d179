import Base

/// How a scripted phone takes calls by itself.
public enum PeerManners: Sendable {
    /// Rings, and answers after a while.
    case answers(after: Duration)
    /// Rings until the caller gives up.
    case neverAnswers
    /// Refuses with this status.
    case refuses(Int)
    /// Is not there.
    case silent
}

extension ScriptedPeer {
    /// From now on calls are taken in this way, and CANCEL, BYE, INFO and new offers answered; `sound` is where RTP goes.
    public func behave(_ manners: PeerManners, sound: SocketAddress) {
        var ringing: [String: Received] = [:]
        script = { phone, item in
            let sdp = ScriptedSDP.audio(sound)
            switch (item.message.summary, manners) {
            case (_, .silent):
                break
            case ("INVITE", .refuses(let status)) where item.message.toTag == nil:
                phone.respond(to: item, status, "No")
            case ("INVITE", _) where item.message.toTag != nil:
                phone.respond(to: item, 200, "OK", sdp: sdp)
            case ("INVITE", _):
                guard ringing.updateValue(item, forKey: item.message.callID) == nil else { return }
                phone.respond(to: item, 180, "Ringing")
                guard case .answers(let delay) = manners else { return }
                phone.after(delay) {
                    if ringing[item.message.callID] != nil { phone.respond(to: item, 200, "OK", sdp: sdp) }
                }
            case ("CANCEL", _):
                phone.respond(to: item, 200, "OK")
                if let invite = ringing.removeValue(forKey: item.message.callID) {
                    phone.respond(to: invite, 487, "Request Terminated")
                }
            case ("BYE", _), ("INFO", _), ("OPTIONS", _):
                phone.respond(to: item, 200, "OK")
            default:
                break
            }
        }
    }

    /// The dialog of the call that came in last and is neither over nor refused.
    public func answeredCall() -> ScriptedCall? {
        received.last { $0.message.summary == "INVITE" && $0.message.toTag == nil }.map { ScriptedCall(self, invitedBy: $0) }
    }
}
