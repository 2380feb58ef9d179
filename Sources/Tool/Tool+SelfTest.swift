import Board
import Configuration
import HouseFile
import JSON
import Media
import Runtime
import Synchronization

extension Tool {
    /// `portier selftest sound`: plays a sweep on the configured card, and says in plain words what is wrong.
    ///
    /// The daemon holds the card while it runs, whether there is a call or not, so it must be stopped before.
    func testSound(_ file: String, _ invocation: Invocation) -> Status {
        let check = ConfigurationCheck(file: file, credentials: invocation.credentials ?? surroundings.credentials)
        guard let house = check.configuration else {
            for problem in check.problems { complain("\(problem)") }
            return .refused
        }
        let socket = invocation.socket ?? surroundings.socket ?? house.control.socket
        if (try? ControlCaller(path: socket)) != nil {
            complain("portierd runs and has the sound card; stop it for the test, at best when nobody calls")
            return .refused
        }
        let card = house.sound.makeCard()
        if !invocation.isJSON { surroundings.printOut("A sweep is played for 16 seconds on \(card.name). Please be quiet.\n") }
        return testSound(card, house.sound, isJSON: invocation.isJSON)
    }

    /// The test itself, on any card.
    func testSound(_ card: any SoundCard, _ sound: HouseConfiguration.Sound, isJSON: Bool) -> Status {
        let test = SweepTest(sampleRate: 16_000)
        let recording: CardRecording
        do throws(SoundCardError) {
            recording = try record(card, test.sound)
        } catch {
            complain("the sound card \(card.name) cannot be used: \(error)")
            return .refused
        }
        var settings = VoiceSettings()
        settings.echoTail = Int(sound.echoTails.first.milliseconds)
        settings.longestEchoTail = settings.echoTail
        settings.noiseSuppression = sound.noiseSuppression
        let report = test.judge(recording.samples, interruptions: recording.interruptions.total, settings: settings)
        let view = SoundTestView(report: report, recording: recording, problems: card.problems)
        surroundings.printOut(isJSON ? "\(view.json)\n" : view.text)
        return report.faults.isEmpty && card.problems.isEmpty ? .done : .refused
    }

    /// On a thread with the audio thread's priority, where that is allowed.
    private func record(_ card: any SoundCard, _ sound: [Int16]) throws(SoundCardError) -> CardRecording {
        let run: @Sendable () -> Result<CardRecording, SoundCardError> = {
            do throws(SoundCardError) {
                return .success(try card.record(playing: sound, format: SoundFormat(sampleRate: 16_000)))
            } catch {
                return .failure(error)
            }
        }
        let box = ResultBox()
        do throws(SystemError) {
            let thread = try RealTimeThread.start(name: "sound-test", priority: 20) { _ in box.put(run()) }
            thread.stop()
        } catch {
            box.put(run())
        }
        return try box.take().get()
    }
}

/// What the other thread recorded.
private final class ResultBox: Sendable {
    private let result = Mutex<Result<CardRecording, SoundCardError>>(.success(CardRecording()))

    func put(_ new: Result<CardRecording, SoundCardError>) { result.withLock { $0 = new } }
    func take() -> Result<CardRecording, SoundCardError> { result.withLock { $0 } }
}
