import Base
import SIP
import Telephony

/// From a URI's host to the routes that its requests take: RFC 3263.
extension PhoneLine {
    func locate(_ id: ResolutionID, _ target: Locating) {
        perform(searches.begin(id, target))
    }

    private func perform(_ outputs: [ServerSearches.Output]) {
        for output in outputs {
            switch output {
            case .ask(let id, let question):
                resolver.ask(question) { [weak self] answer in
                    self?.assumeIsolated { $0.learn(answer, to: question, of: id) }
                }
            case .found(let id, let target, let hops, let isLastKnown):
                if isLastKnown { log.notice("names-unanswered", ["for": target.host, "using": "the last addresses"]) }
                // A family that the kernel has no way in, such as IPv6 in a house without it, is left out.
                let routes = hops.compactMap { hop in localAddress(hop.address).map { Route(remote: hop, local: $0) } }
                deliver(routes, to: id)
            }
        }
    }

    private func learn(_ answer: DNSAnswer, to question: DNSQuestion, of id: ResolutionID) {
        log.debug("dns-answer", ["question": question, "answer": answer.records, "old": answer.isLastKnown])
        perform(searches.receive(answer.records, to: question, of: id))
    }
}
