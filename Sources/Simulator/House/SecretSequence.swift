import Base
import Synchronization

extension SecureRandom {
    /// The same sequence for the same seed: no secret at all, and for stories only.
    public static func sequence(seed: UInt64) -> SecureRandom {
        let source = Sequence(seed: seed)
        return SecureRandom { source.bytes($0) }
    }

    private final class Sequence: Sendable {
        private let random: Mutex<RandomSource>

        init(seed: UInt64) {
            random = Mutex(RandomSource(seed: seed))
        }

        func bytes(_ count: Int) -> [UInt8] {
            random.withLock { random in (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) } }
        }
    }
}
