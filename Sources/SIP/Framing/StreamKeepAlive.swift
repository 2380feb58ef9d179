import Base

/// Pings and pongs of one connection: CRLF CRLF is answered by CRLF, RFC 5626 §3.5.1 and §4.4.1.
///
/// Many servers never answer a ping. So a missing pong counts only once the peer has sent one, or has agreed to RFC 5626; what
/// else can break, the unacknowledged bytes of the ping tell the kernel.
public struct StreamKeepAlive: Sendable, Equatable {
    public enum Output: Sendable, Equatable {
        case ping, pong
        /// No pong came in time: the flow is dead.
        case failed
    }

    public static let ping: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
    public static let pong: [UInt8] = [0x0D, 0x0A]
    public static let pongTime = Duration.seconds(10)

    /// The longest time between two pings; `nil` for the side that only answers.
    public private(set) var interval: Duration?
    /// The peer answers pings, as far as we know.
    public private(set) var demandsPong: Bool
    private var nextPing: Instant?
    private var pongDue: Instant?
    private var isWaiting = false
    private var isHalfPing = false

    public init(every interval: Duration?, demandsPong: Bool = false) {
        self.interval = interval
        self.demandsPong = demandsPong
    }

    public var nextDeadline: Instant? { pongDue ?? nextPing }

    /// The connection is open: the first ping is due between 80 and 100 % of the interval from now, as is each later one.
    public mutating func start(at now: Instant, random: inout RandomSource) {
        guard let interval else { return }
        nextPing = now + interval * Int.random(in: 800...1000, using: &random) / 1000
    }

    /// The peer agreed to answer pings, at least one every `interval`. What is under way goes on.
    public mutating func agree(every interval: Duration, at now: Instant, random: inout RandomSource) {
        demandsPong = true
        guard interval != self.interval else { return }
        self.interval = interval
        if pongDue == nil { start(at: now, random: &random) }
    }

    /// CRLF came between messages.
    public mutating func lineEnd(at now: Instant) -> Output? {
        if isWaiting {
            isWaiting = false
            pongDue = nil
            demandsPong = true
            return nil
        }
        isHalfPing.toggle()
        return isHalfPing ? nil : .pong
    }

    /// A message came.
    public mutating func message() {
        isHalfPing = false
    }

    public mutating func wake(at now: Instant, random: inout RandomSource) -> Output? {
        if let pongDue, pongDue <= now {
            self.pongDue = nil
            nextPing = nil
            return .failed
        }
        guard pongDue == nil, let nextPing, nextPing <= now else { return nil }
        start(at: now, random: &random)
        isWaiting = true
        if demandsPong { pongDue = now + Self.pongTime }
        return .ping
    }
}
