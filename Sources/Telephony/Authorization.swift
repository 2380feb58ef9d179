import Base
import SIP

/// Answers 401 and 407 for one conversation with a server, and notices when the answer is not accepted.
///
/// One answer to each challenge: a second challenge from the same realm is only answered when it says that the first
/// answer was stale, or when that answer was to a challenge of an earlier request. Anything else is a wrong password,
/// and trying on would only lock the account.
struct Authorization: Sendable {
    private var client = DigestClient()
    private let credentials: Credentials?
    /// The challenges that the next requests may be answered for without asking.
    private var challenges: [Challenge] = []
    /// Realms answered since the last success.
    private var answered: [String] = []
    private var staleAnswers = 0

    init(_ credentials: Credentials?) {
        self.credentials = credentials
    }

    /// The headers that answer `response`, or `nil` when there is no answer that could be accepted.
    mutating func answer(
        to response: Message, method: Method, uri: URI, body: [UInt8], random: inout RandomSource
    ) -> [HeaderField]? {
        guard credentials != nil else { return nil }
        let asked = response.challenges
        guard !asked.isEmpty else { return nil }
        for challenge in asked {
            let realm = Self.key(challenge)
            guard answered.contains(realm) else { continue }
            staleAnswers += 1
            guard challenge.isStale, staleAnswers <= 3 else { return nil }
        }
        let realms = Set(asked.map(Self.key))
        challenges.removeAll { realms.contains(Self.key($0)) }
        challenges += asked
        answered += realms.filter { !answered.contains($0) }
        let fields = headers(method: method, uri: uri, body: body, random: &random)
        return fields.isEmpty ? nil : fields
    }

    /// The headers for a request that nobody challenged yet, from the challenges of earlier ones.
    mutating func headers(method: Method, uri: URI, body: [UInt8], random: inout RandomSource) -> [HeaderField] {
        guard let credentials else { return [] }
        var fields: [HeaderField] = []
        var done: [String] = []
        for challenge in challenges where !done.contains(Self.key(challenge)) {
            done.append(Self.key(challenge))
            let alternatives = challenges.filter { Self.key($0) == Self.key(challenge) }
            let field = client.authorization(
                for: alternatives, method: method, uri: uri, body: body, username: credentials.username,
                password: credentials.password, random: &random)
            if let field { fields.append(field) }
        }
        return fields
    }

    /// A request was accepted, or its refusal had nothing to do with credentials: the next challenge is a new one.
    mutating func succeeded() {
        answered = []
        staleAnswers = 0
    }

    private static func key(_ challenge: Challenge) -> String { (challenge.isProxy ? "p " : "w ") + challenge.realm }
}
