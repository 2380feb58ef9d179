import Base
import SIP

/// 3xx: the callee is elsewhere. RFC 3261 §8.1.3.4, §21.3.
extension UserAgent {
    /// Goes on to where a redirection points, best first; false when it points nowhere that we may follow.
    mutating func redirect(_ call: inout Call, by response: Message, at now: Instant) -> Bool {
        let offered = response.contacts.sorted { $0.preference > $1.preference }.map(\.uri)
        for var uri in offered where call.redirections.count < Self.redirectionLimit {
            uri.headers = ""
            uri.parameters["method"] = nil
            guard let target = reachable(uri, account: account(named: call.account)), target.isUsableTarget,
                target != call.target,
                !call.redirections.contains(target)
            else { continue }
            call.redirections.append(target)
            call.alternatives.append(target)
        }
        return callAlternative(&call, at: now)
    }

    /// The next place that a redirection named, by a new INVITE of the same call.
    mutating func callAlternative(_ call: inout Call, at now: Instant) -> Bool {
        guard call.phase == .inviting, !call.alternatives.isEmpty else { return false }
        call.target = call.alternatives.removeFirst()
        call.phase = .resolving
        call.forks = []
        call.inviteCredentials = []
        log(.debug, "call-redirected", [("call", "\(call.id)"), ("to", call.target.description)])
        resolve(Locating(firstHop(account: call.account, to: call.target)), for: .call(call.id))
        return true
    }

    /// How many places one call is sent to after the first.
    static let redirectionLimit = 5
}

extension NameAddress {
    /// The q value of a Contact; 1 without one.
    fileprivate var preference: Double { parameters["q"].flatMap { Double($0) } ?? 1 }
}
