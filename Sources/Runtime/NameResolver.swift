import Base

/// A port for names: DNS in the daemon, a table in tests. Used on the Loop's thread only.
public protocol NameResolver: AnyObject, Sendable {
    /// Answers exactly once, on the Loop's thread, never before this call returns. A numeric host is its own address.
    func ask(_ question: DNSQuestion, _ answer: @escaping @Sendable (DNSAnswer) -> Void)
}

/// Names from a table; what is not in it does not exist.
public final class NameTable: NameResolver, @unchecked Sendable {
    private let loop: Loop
    private let delay: Duration
    /// These may change at any time.
    public var addresses: [String: [IPAddress]]
    public var services: [String: [ServiceRecord]] = [:]
    public var pointers: [String: [NamingPointer]] = [:]
    /// Nobody answers.
    public var isDown = false
    /// What was asked, in order.
    public private(set) var questions: [DNSQuestion] = []

    public init(_ addresses: [String: [IPAddress]] = [:], on loop: Loop, delay: Duration = .zero) {
        self.addresses = addresses
        self.loop = loop
        self.delay = delay
    }

    public func ask(_ question: DNSQuestion, _ answer: @escaping @Sendable (DNSAnswer) -> Void) {
        questions.append(question)
        let records = isDown ? .unanswered : records(for: question.canonical)
        Alarm(on: loop) { answer(DNSAnswer(records)) }.set(after: delay)
    }

    private func records(for question: DNSQuestion) -> DNSRecords {
        switch question {
        case .addresses(let name):
            let found = IPAddress(name).map { [$0] } ?? addresses[name]
            return found.map { .addresses($0) } ?? .absent
        case .services(let name): return services[name].map { .services($0) } ?? .absent
        case .pointers(let name): return pointers[name].map { .pointers($0) } ?? .absent
        }
    }
}
