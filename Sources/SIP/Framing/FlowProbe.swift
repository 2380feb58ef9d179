import Base

/// Keeps the way from a registrar to us open by UDP: STUN Binding requests at intervals, RFC 5626 §4.4.2.
///
/// It has failed when nobody answers seven copies of a request, when the server refuses, and when we are seen somewhere else
/// than before: then calls go to where we no longer are.
public struct FlowProbe: Sendable, Equatable {
    public enum Output: Sendable, Equatable {
        case send([UInt8])
        case failed(String)
    }

    /// RFC 5389 §7.2.1: copies leave at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s, and 8 s later it is over.
    private static let firstPause = Duration.milliseconds(500)
    private static let copies = 7
    private static let lastPause = firstPause * 16

    /// The request that was sent last; its answer is known by this.
    public private(set) var binding: STUNBinding
    private var interval: ClosedRange<Duration>
    private var isWaiting = false
    private var sent = 0
    private var due: Instant?
    /// Where the server sees us.
    private(set) var seen: SocketAddress?

    /// - Parameter flowTimer: how long the registrar waits for a sign of life; without it, what most NATs can bear.
    public init(flowTimer: Duration?, at now: Instant, random: inout RandomSource) {
        interval = Self.interval(flowTimer)
        binding = STUNBinding(random: &random)
        rest(at: now, &random)
    }

    private static func interval(_ flowTimer: Duration?) -> ClosedRange<Duration> {
        flowTimer.map { $0 * 8 / 10...$0 } ?? .seconds(24) ... .seconds(29)
    }

    /// The same, with another time between two requests from the next one on.
    public func adjusted(to flowTimer: Duration?) -> FlowProbe {
        var probe = self
        probe.interval = Self.interval(flowTimer)
        return probe
    }

    public var nextDeadline: Instant? { due }

    public mutating func wake(at now: Instant, random: inout RandomSource) -> Output? {
        guard let due, due <= now else { return nil }
        if !isWaiting {
            binding = STUNBinding(random: &random)
            isWaiting = true
            sent = 0
        } else if sent == Self.copies {
            self.due = nil
            return .failed("no answer to STUN")
        }
        sent += 1
        self.due = now + (sent == Self.copies ? Self.lastPause : Self.firstPause * (1 << (sent - 1)))
        return .send(binding.request)
    }

    /// A datagram that may be the answer.
    public mutating func receive(_ bytes: [UInt8], at now: Instant, random: inout RandomSource) -> Output? {
        guard isWaiting, let answer = binding.answer(bytes) else { return nil }
        switch answer {
        case .refused:
            due = nil
            return .failed("STUN was refused")
        case .mapped(let address):
            let before = seen
            seen = address
            rest(at: now, &random)
            return before == nil || before == address ? nil : .failed("we are seen at another address")
        }
    }

    private mutating func rest(at now: Instant, _ random: inout RandomSource) {
        isWaiting = false
        let part = Int.random(in: 0...1000, using: &random)
        due = now + interval.lowerBound + (interval.upperBound - interval.lowerBound) * part / 1000
    }
}
