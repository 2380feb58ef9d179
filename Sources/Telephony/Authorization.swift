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
            guard answered.contains(Self.key(challenge)) else { continue }
            staleAnswers += 1
            guard challenge.isStale, staleAnswers <= 3 else { return nil }
        }
        guard client.take(asked) else { return nil }
        let realms = Set(asked.map(Self.key))
        answered += realms.filter { !answered.contains($0) }
        // A server that asks for a new realm each time is not gone on with for ever.
        guard answered.count <= 8 else { return nil }
        return headers(method: method, uri: uri, body: body, random: &random)
    }

    /// The headers for a request that nobody challenged yet, from the challenges of earlier ones.
    mutating func headers(method: Method, uri: URI, body: [UInt8], random: inout RandomSource) -> [HeaderField] {
        guard let credentials else { return [] }
        return client.headers(
            method: method, uri: uri, body: body, username: credentials.username, password: credentials.password,
            random: &random)
    }

    /// A request was accepted, or its refusal had nothing to do with credentials: the next challenge is a new one.
    mutating func succeeded() {
        answered = []
        staleAnswers = 0
    }

    /// The same, with what the response says of the credentials; false when it says that it is from somebody else.
    @discardableResult
    mutating func succeeded(_ response: Message) -> Bool {
        succeeded()
        guard let credentials else { return true }
        return client.accept(response, username: credentials.username, password: credentials.password) != .wrong
    }

    private static func key(_ challenge: Challenge) -> String { (challenge.isProxy ? "p " : "w ") + challenge.realm }
}
