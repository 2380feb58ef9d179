import Foundation
import Rig

/// One thing that has to work with a real peer.
struct Scenario: Sendable {
    var name: String
    /// Plays it; returns what is worth knowing, throws what went wrong.
    var play: @Sendable (Stage) throws -> String

    init(_ name: String, _ play: @escaping @Sendable (Stage) throws -> String) {
        self.name = name
        self.play = play
    }
}

/// Scenarios played side by side: each has its own door, peers, addresses and ports.
final class Performance: @unchecked Sendable {
    private let lock = NSLock()
    private var waiting: [Scenario]
    private var (passed, failed) = (0, 0)
    private let atOnce: Int
    private let speech: SpeechFiles
    private let venue: Venue?
    private let width: Int

    init(_ scenarios: [Scenario], atOnce: Int, speech: SpeechFiles, at venue: Venue? = nil) {
        waiting = scenarios
        self.atOnce = atOnce
        self.speech = speech
        self.venue = venue
        width = scenarios.map(\.name.count).max() ?? 0
    }

    /// Plays `scenarios` four at a time, and then those that need the venue for themselves.
    static func play(
        _ scenarios: [Scenario], alone: [Scenario] = [], speech: SpeechFiles, at venue: Venue? = nil
    ) -> (passed: Int, failed: Int) {
        let together = Performance(scenarios, atOnce: 4, speech: speech, at: venue).play()
        let alone = Performance(alone, atOnce: 1, speech: speech, at: venue).play()
        return (together.passed + alone.passed, together.failed + alone.failed)
    }

    func play() -> (passed: Int, failed: Int) {
        let group = DispatchGroup()
        for _ in 0..<atOnce {
            group.enter()
            Thread.detachNewThread {
                while let scenario = self.next() { self.play(scenario) }
                group.leave()
            }
        }
        group.wait()
        return (passed, failed)
    }

    private func next() -> Scenario? {
        lock.lock()
        defer { lock.unlock() }
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }

    private func play(_ scenario: Scenario) {
        let start = Clock.now
        do {
            let stage = try Stage(speech, at: venue)
            defer { stage.clear() }
            do {
                let detail = try scenario.play(stage)
                tell(scenario, true, detail, since: start)
            } catch {
                tell(scenario, false, "\(error)", since: start)
                stage.keep(as: scenario.name)
            }
        } catch {
            tell(scenario, false, "\(error)", since: start)
        }
    }

    private func tell(_ scenario: Scenario, _ isPassed: Bool, _ detail: String, since start: Double) {
        lock.lock()
        defer { lock.unlock() }
        if isPassed { passed += 1 } else { failed += 1 }
        let name = scenario.name.padding(toLength: width, withPad: " ", startingAt: 0)
        printLine("\(isPassed ? "PASS" : "FAIL")  \(name)  \(String(format: "%4.1f s", Clock.now - start))  \(detail)")
    }
}

/// What the two people say, on disk, made once for all scenarios.
final class SpeechFiles: Sendable {
    let visitor: WAV
    let resident: WAV
    let visitorFile: String
    /// Somebody else: music on hold, a third party.
    let third: WAV
    let residentFile: String
    let thirdFile: String
    private let scratch: SendableScratch

    struct SendableScratch: @unchecked Sendable { var scratch: Scratch }

    init() throws {
        let scratch = try Scratch("interop-speech")
        visitor = try Speech.of(.visitor, atLeast: 60)
        resident = try Speech.of(.resident, atLeast: 60)
        third = try Speech.of(.third, atLeast: 60)
        visitorFile = scratch.file("visitor.wav")
        thirdFile = scratch.file("third.wav")
        residentFile = scratch.file("resident.wav")
        try visitor.write(to: visitorFile)
        try resident.write(to: residentFile)
        try third.write(to: thirdFile)
        self.scratch = SendableScratch(scratch: scratch)
    }
}
