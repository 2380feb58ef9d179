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
    /// So many may need the machine for themselves; more would be a fault of ours, whatever the machine does.
    private static let mostAgain = 3

    private let lock = NSLock()
    private var waiting: [Scenario]
    private var failed: [Scenario] = []
    private let atOnce: Int
    private let speech: SpeechFiles
    private let venue: Venue?
    private let width: Int
    /// What stands before a scenario that failed.
    private let failure: String

    private init(_ scenarios: [Scenario], atOnce: Int, failure: String, width: Int, speech: SpeechFiles, at venue: Venue?) {
        waiting = scenarios
        self.atOnce = atOnce
        self.failure = failure
        self.speech = speech
        self.venue = venue
        self.width = width
    }

    /// Plays `scenarios` four at a time, and then those that need the venue for themselves.
    ///
    /// Four at a time load the machine, and all go on real time. So what fails then is played once more by itself, and counts as it
    /// is then; both are told, and more than a few are failures.
    static func play(
        _ scenarios: [Scenario], alone: [Scenario] = [], speech: SpeechFiles, at venue: Venue? = nil
    ) -> (passed: Int, failed: Int) {
        let width = (scenarios + alone).map(\.name.count).max() ?? 0
        let again = Performance(scenarios, atOnce: 4, failure: "AGAIN", width: width, speech: speech, at: venue).play()
        let isRepeated = again.count <= mostAgain
        let last = Performance(
            (isRepeated ? again : []) + alone, atOnce: 1, failure: "FAIL ", width: width, speech: speech, at: venue)
        let failed = last.play().count + (isRepeated ? 0 : again.count)
        if !isRepeated { printLine("\(again.count) failed beside others; only up to \(mostAgain) are played again") }
        return (scenarios.count + alone.count - failed, failed)
    }

    /// Returns those that failed.
    private func play() -> [Scenario] {
        let group = DispatchGroup()
        for _ in 0..<atOnce {
            group.enter()
            Thread.detachNewThread {
                while let scenario = self.next() { self.play(scenario) }
                group.leave()
            }
        }
        group.wait()
        return failed
    }

    private func next() -> Scenario? {
        lock.lock()
        defer { lock.unlock() }
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }

    private func play(_ scenario: Scenario) {
        let (start, metronome) = (Clock.now, Metronome())
        defer { metronome.stop() }
        func fail(_ error: any Error) {
            let still = "the machine stood still for \(decimal(metronome.stillness * 1_000, 0)) ms at most"
            tell(scenario, false, "\(error); \(still)", since: start)
        }
        do {
            let stage = try Stage(speech, at: venue)
            defer { stage.clear() }
            do {
                let detail = try scenario.play(stage)
                tell(scenario, true, detail, since: start)
            } catch {
                fail(error)
                stage.keep(as: scenario.name)
            }
        } catch {
            fail(error)
        }
    }

    private func tell(_ scenario: Scenario, _ isPassed: Bool, _ detail: String, since start: Double) {
        lock.lock()
        defer { lock.unlock() }
        if !isPassed { failed.append(scenario) }
        let name = scenario.name.padding(toLength: width, withPad: " ", startingAt: 0)
        printLine("\(isPassed ? "PASS " : failure) \(name)  \(String(format: "%4.1f s", Clock.now - start))  \(detail)")
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
