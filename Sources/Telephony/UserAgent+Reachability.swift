import Base
import SIP

/// The order of the ways to a server: the last good one first.
extension UserAgent {
    /// The routes as they were found, those that failed lately behind the others.
    func ordered(_ routes: [Route], at now: Instant) -> [Route] {
        guard !reachability.isEmpty else { return routes }
        return routes.filter { !reachability.isInDoubt($0.remote, at: now) }
            + routes.filter { reachability.isInDoubt($0.remote, at: now) }
    }

    /// Takes a response in: one of 503 is by a server that is not to be asked for now (RFC 3263 §4.3), any other by a good one.
    ///
    /// `nil` when it belongs to no request of ours.
    mutating func hear(_ response: Message, at now: Instant) -> [TransactionLayer.Output]? {
        let isUnavailable = response.status == 503
        guard isUnavailable || !reachability.isEmpty, let key = ClientKey(response: response),
            let (_, hop) = transactions.request(of: key)
        else { return transactions.receive(response: response, at: now) }
        let outputs = transactions.receive(response: response, at: now)
        guard outputs?.isEmpty == false else { return outputs }
        if isUnavailable {
            reachability.failed(hop, for: response.retryAfter.map { .seconds($0) }, at: now)
        } else {
            reachability.answered(hop)
        }
        return outputs
    }
}
