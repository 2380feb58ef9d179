import Base
import SDP
import SIP

/// Encryption of the sound: which policy holds for a call, and what is said where it cannot be met.
extension UserAgent {
    func protection(account name: String?) -> LocalProtection {
        LocalProtection(account(named: name)?.srtp ?? settings.media.srtp, from: secrets)
    }

    /// The peer would not have `RTP/AVP`, encrypted or not: asked once more by `RTP/SAVP`, which some phones insist on.
    mutating func insistOnEncryption(_ call: inout Call, after status: Int) -> Bool {
        guard status == 488 || status == 606, var negotiation = call.offered,
            negotiation.local.protection.policy == .offered, !negotiation.local.protection.keys.isEmpty,
            !negotiation.local.protection.offersSecureProfile
        else { return false }
        negotiation.local.protection.offersSecureProfile = true
        call.negotiation = negotiation
        return true
    }

    /// What a 488 carries so that people see why (RFC 3261 §20.43): 302 and 306 where encryption is the reason.
    func warning(about error: any Error) -> [HeaderField] {
        guard case .encryption(let problem)? = error as? NegotiationError else { return [] }
        let code = problem == .noCommonKey ? 306 : 302
        return [HeaderField(name: "Warning", value: "\(code) portier \"\(problem)\"")]
    }

    /// The end of a call whose answer cannot be used.
    func unusable(_ call: Call, status: Int?) -> CallEnd {
        let why = call.encryptionProblem.map { ": \($0)" } ?? ""
        return CallEnd(.incompatible, status: status, text: "no usable answer" + why)
    }

    /// The end of a call that the peer refused: by the same words as ever, and by ours where encryption may be why.
    func refusal(of call: Call, by response: Message) -> CallEnd {
        var end = CallEnd(refusal: response)
        if end.cause == .incompatible, call.offered?.local.protection.policy == .required {
            end.text = (end.text ?? "refused") + "; " + EncryptionProblem.required.description
        }
        return end
    }
}
