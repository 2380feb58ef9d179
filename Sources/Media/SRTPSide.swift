import Base
import CSRTP

/// One direction of a call under SRTP: keys, roll-over counter and replay list, by libsrtp2.
///
/// Made and disposed of by control; in between only the audio thread uses it, by its pointer.
final class SRTPSide: @unchecked Sendable {
    let pointer: OpaquePointer

    /// What we send from `ssrc`; `nil` when the library will not have it.
    init?(sending key: SRTPKey, ssrc: UInt32) {
        guard let side = srtp_side_create_sender(Self.suite(key.suite), key.bytes, key.bytes.count, ssrc) else { return nil }
        pointer = side
    }

    /// What the peer sends, from whatever source.
    init?(receiving key: SRTPKey) {
        guard
            let side = srtp_side_create_receiver(
                Self.suite(key.suite), key.bytes, key.bytes.count, key.identifier, key.identifier.count)
        else { return nil }
        pointer = side
    }

    deinit {
        srtp_side_destroy(pointer)
    }

    private static func suite(_ suite: SRTPSuite) -> srtp_suite {
        switch suite {
        case .aesCM128SHA1_80: srtp_suite_aes_cm_128_hmac_sha1_80
        case .aesCM128SHA1_32: srtp_suite_aes_cm_128_hmac_sha1_32
        case .aesCM256SHA1_80: srtp_suite_aes_256_cm_hmac_sha1_80
        case .aesGCM128: srtp_suite_aead_aes_128_gcm
        case .aesGCM256: srtp_suite_aead_aes_256_gcm
        }
    }
}

/// What happens to a leg's packets; trivial, for the audio thread.
enum LegProtection: Equatable {
    case clear
    case encrypted(sender: OpaquePointer, receiver: OpaquePointer)
    /// It must be encrypted and cannot be: nothing is sent and nothing heard.
    case blocked

    var receiver: OpaquePointer? { if case .encrypted(_, let receiver) = self { receiver } else { nil } }
}

/// Control's collection of the contexts that calls use now, so that a new plan goes on with those of the plan before.
///
/// A context that was made anew for the same key would begin its counters again: what was sent would be encrypted with a
/// key stream that was used already, and what was received could be played again.
struct SRTPSides {
    private struct Sender: Hashable {
        var call: CallID
        var key: SRTPKey
        var ssrc: UInt32
    }
    private struct Receiver: Hashable {
        var call: CallID
        var key: SRTPKey
    }

    /// Kept for as long as the call has sound: forks of one call may come back to a key of before.
    private var senders: [Sender: SRTPSide] = [:]
    private var receivers: [Receiver: SRTPSide] = [:]

    /// What `leg` is protected by, and the contexts for it, made if need be.
    mutating func protection(of leg: VoicePlan.Leg) -> (LegProtection, [SRTPSide]) {
        guard let keys = leg.keys else { return (.clear, []) }
        let sender = Sender(call: leg.call, key: keys.sending, ssrc: leg.ssrc)
        let receiver = Receiver(call: leg.call, key: keys.receiving)
        guard let out = senders[sender] ?? SRTPSide(sending: keys.sending, ssrc: leg.ssrc),
            let back = receivers[receiver] ?? SRTPSide(receiving: keys.receiving)
        else { return (.blocked, []) }
        senders[sender] = out
        receivers[receiver] = back
        return (.encrypted(sender: out.pointer, receiver: back.pointer), [out, back])
    }

    /// Forgets what `plan` does not use; plans that the audio thread may still read keep theirs.
    mutating func keepOnly(_ plan: VoicePlan) {
        guard !senders.isEmpty else { return }
        let calls = Set(plan.legs.map(\.call))
        let keys = Set(plan.legs.compactMap { leg in leg.keys.map { Receiver(call: leg.call, key: $0.receiving) } })
        senders = senders.filter { calls.contains($0.key.call) }
        receivers = receivers.filter { keys.contains($0.key) }
    }
}
