import Base
import SIP
import Telephony

/// The searches for servers that are under way, and what earlier ones found.
///
/// When a search finds nothing, where it led to the last time is better than nothing: DNS may be down or lie, and the last
/// good address still work.
struct ServerSearches: Sendable {
    enum Output: Sendable, Equatable {
        case ask(ResolutionID, DNSQuestion)
        case found(ResolutionID, Locating, [Hop], isLastKnown: Bool)
    }

    private static let mostRemembered = 64

    private var locators: [ResolutionID: (target: Locating, locator: ServerLocator)] = [:]
    private var lastFound: [Locating: [Hop]] = [:]
    private var random: RandomSource
    /// The transports that we have.
    private let spoken: Set<Transport>

    init(spoken: Set<Transport>, random: RandomSource) {
        self.spoken = spoken
        self.random = random
    }

    mutating func begin(_ id: ResolutionID, _ target: Locating) -> [Output] {
        var locator = ServerLocator(target, spoken: spoken, random: RandomSource(seed: random.next()))
        let outputs = locator.start()
        locators[id] = (target, locator)
        return translate(outputs, of: id, target)
    }

    mutating func receive(_ records: DNSRecords, to question: DNSQuestion, of id: ResolutionID) -> [Output] {
        guard let target = locators[id]?.target, let outputs = locators[id]?.locator.receive(records, to: question) else {
            return []
        }
        return translate(outputs, of: id, target)
    }

    private mutating func translate(_ outputs: [ServerLocator.Output], of id: ResolutionID, _ target: Locating) -> [Output] {
        outputs.map { output in
            switch output {
            case .ask(let question): .ask(id, question)
            case .found(let hops): found(hops, by: id, target)
            }
        }
    }

    private mutating func found(_ hops: [Hop], by id: ResolutionID, _ target: Locating) -> Output {
        locators[id] = nil
        if hops.isEmpty {
            let known = lastFound[target] ?? []
            return .found(id, target, known, isLastKnown: !known.isEmpty)
        }
        if lastFound[target] == nil, lastFound.count >= Self.mostRemembered { lastFound.removeAll() }
        lastFound[target] = hops
        return .found(id, target, hops, isLastKnown: false)
    }
}
