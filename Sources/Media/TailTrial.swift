/// Finds out whether a longer filter leaves less of the echo in this room, by letting one run beside the filter in use.
///
/// It rests until there was enough echo to tell that the room is one to stay in, then both run for some seconds, and what they leave
/// of echo alone is compared. A longer filter that is no better costs and gains nothing, and is asked again much later.
final class TailTrial {
    let filter: AdaptiveFilter
    private var stage = Stage.resting(for: patience)
    private var (short, long): (Float, Float) = (0, 0)

    private enum Stage {
        /// For so many blocks with echo, of 20 ms.
        case resting(for: Int)
        case learning(for: Int)
        case comparing(for: Int)
    }

    /// Twenty seconds of echo: more than most visitors hear at all.
    private static let patience = 1_000
    /// MDF has converged in eight, whatever its length.
    private static let lesson = 400
    /// The means of three seconds differ by a third of a decibel in the same room.
    private static let comparison = 150
    /// By so much it has to be better: 1 dB. Reverberation of 0.6 s is worth twice that, of 0.3 s nothing.
    private static let better: Float = 0.79
    /// Ten minutes of echo until it is asked again: somebody may have moved the board, or opened a door.
    private static let pause = 30_000

    init(_ filter: AdaptiveFilter) {
        self.filter = filter
    }

    /// Whether it wants `run` to be called for every block, with echo or without.
    var isRunning: Bool {
        if case .resting = stage { return false }
        return true
    }

    /// One block, after the filter in use has had it and left `error` of it. `isEcho` where echo is all that there is to hear.
    ///
    /// Says whether the longer filter is the better one.
    func run(
        _ captured: UnsafePointer<Int16>, _ reference: UnsafePointer<Int16>, error: UnsafePointer<Float>, isEcho: Bool
    ) -> Bool {
        if isRunning { filter.process(captured, reference) }
        guard isEcho else { return false }
        switch stage {
        case .resting(let blocks):
            stage = blocks > 1 ? .resting(for: blocks - 1) : .learning(for: Self.lesson)
        case .learning(let blocks):
            (short, long) = (0, 0)
            stage = blocks > 1 ? .learning(for: blocks - 1) : .comparing(for: Self.comparison)
        case .comparing(let blocks):
            for index in 0..<filter.block {
                short += error[index] * error[index]
                long += filter.error[index] * filter.error[index]
            }
            guard blocks == 1 else {
                stage = .comparing(for: blocks - 1)
                return false
            }
            stage = .resting(for: Self.pause)
            return long < Self.better * short
        }
        return false
    }
}
