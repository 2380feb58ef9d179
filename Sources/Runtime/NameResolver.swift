import Base

/// What is known of a host's addresses.
public struct Resolution: Sendable, Equatable {
    /// In the order to try them; empty when the host was never found.
    public var addresses: [IPAddress]
    /// The question could not be answered now: these are the addresses of the last answer.
    public var isLastKnown: Bool

    public init(_ addresses: [IPAddress], isLastKnown: Bool = false) {
        self.addresses = addresses
        self.isLastKnown = isLastKnown
    }
}

/// A port for names: DNS in the daemon, a table in tests. Used on the Loop's thread only.
public protocol NameResolver: AnyObject, Sendable {
    /// Answers exactly once, on the Loop's thread, never before this call returns. A numeric host is its own answer.
    func resolve(_ host: String, _ answer: @escaping @Sendable (Resolution) -> Void)
}

/// Names from a table; what is not in it is not found.
public final class NameTable: NameResolver, @unchecked Sendable {
    private let loop: Loop
    private let delay: Duration
    /// May change at any time.
    public var addresses: [String: [IPAddress]]

    public init(_ addresses: [String: [IPAddress]] = [:], on loop: Loop, delay: Duration = .zero) {
        self.addresses = addresses
        self.loop = loop
        self.delay = delay
    }

    public func resolve(_ host: String, _ answer: @escaping @Sendable (Resolution) -> Void) {
        let numeric = IPAddress(host).map { [$0] }
        let resolution = Resolution(numeric ?? addresses[host.lowercased()] ?? [])
        Alarm(on: loop) { answer(resolution) }.set(after: delay)
    }
}
