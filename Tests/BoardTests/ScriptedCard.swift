import Base
import Synchronization

@testable import Board

/// A card that fares as a test tells it: one state a period, and the time of its clock.
final class ScriptedCard: SoundCard {
    let name = "scripted"
    private let time: JumpingTime
    private let script = Mutex(Script())

    struct Script {
        /// What `open` throws, one for each call; nothing once they are used up.
        var openErrors: [SoundCardError] = []
        /// What the next periods are like; running once they are used up.
        var states: [SoundCardPeriod.State] = []
        /// Whether the microphone gives one and the same value all the time.
        var isConstant = false
        var isOpen = false
        var opened = 0
        var played: [Int16] = []
    }

    init(time: JumpingTime) {
        self.time = time
    }

    func change(_ body: (inout Script) -> Void) {
        script.withLock { body(&$0) }
    }

    var state: Script { script.withLock { $0 } }

    func open(_ format: SoundFormat) throws(SoundCardError) {
        let error = script.withLock { script -> SoundCardError? in
            script.opened += 1
            script.isOpen = script.openErrors.isEmpty
            return script.isOpen ? nil : script.openErrors.removeFirst()
        }
        if let error { throw error }
    }

    func capture(into samples: UnsafeMutableBufferPointer<Int16>) -> SoundCardPeriod {
        time.advance(by: .milliseconds(10))
        samples.update(repeating: 1000)
        let (state, isConstant) = script.withLock { ($0.states.isEmpty ? .running : $0.states.removeFirst(), $0.isConstant) }
        if !isConstant { samples[1] = 1001 }
        return SoundCardPeriod(state, delay: 320)
    }

    func play(_ samples: UnsafeBufferPointer<Int16>) {
        script.withLock { $0.played += samples }
    }

    func close() {
        script.withLock { $0.isOpen = false }
    }
}
