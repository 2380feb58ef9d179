import Base
import SIP

/// An INVITE that takes the place of a call of ours: RFC 3891 §3. What pickup, parking and attended transfer are made of.
extension UserAgent {
    enum Replacement {
        case refused(Int)
        /// The new call is to take the place of this one.
        case call(CallID)
    }

    /// What the Replaces header of a new INVITE comes to; `nil` without one.
    ///
    /// Who is trusted to call may also replace: the house knows its callers by where they are, not by who they say they are.
    func replacement(by request: Message) -> Replacement? {
        let values = request.headers("Replaces")
        guard let value = values.first else { return nil }
        guard values.count == 1, let replaces = Replaces(value) else { return .refused(400) }
        guard let id = dialogs[DialogHandle(callID: replaces.callID, localTag: replaces.toTag)], let call = calls[id],
            let fork = call.forks.firstIndex(where: { $0.dialog.id.remoteTag == replaces.fromTag })
        else { return .refused(481) }
        switch call.phase {
        case .over: return .refused(603)
        case .established where call.current != fork: return .refused(481)
        case .established where call.referral != nil: return .refused(491)
        case .established: return replaces.isEarlyOnly ? .refused(486) : .call(id)
        case .inviting: return .call(id)
        case .resolving, .ringing: return .refused(481)
        }
    }
}
