import Base
import Board
import Configuration
import Glibc
import JSON
import Synchronization
import Testing

@testable import Tool

/// A card in memory, in no time: what is played comes back later and weaker, twice; or not.
private final class RoomCard: SoundCard {
    struct Room {
        var gain = 0.3
        var isMute = false
        var error: SoundCardError?
        var played = [Int16](repeating: 0, count: 800)
    }

    let name = "room"
    let problems: [String]
    private let room: Mutex<Room>
    private let random = Mutex(RandomSource(seed: 1))

    init(problems: [String] = [], _ change: (inout Room) -> Void = { _ in }) {
        var room = Room()
        change(&room)
        self.room = Mutex(room)
        self.problems = problems
    }

    func open(_ format: SoundFormat) throws(SoundCardError) {
        if let error = room.withLock({ $0.error }) { throw error }
    }

    func capture(into samples: UnsafeMutableBufferPointer<Int16>) -> SoundCardPeriod {
        room.withLock { room in
            let end = room.played.count
            for index in samples.indices {
                let (one, two) = (room.played[end - 800 + index], room.played[end - 640 + index])
                let noise = random.withLock { Double(Int64(bitPattern: $0.next()) >> 60) }
                samples[index] = room.isMute ? 0 : Int16(room.gain * (0.6 * Double(one) + Double(two)) + noise)
            }
        }
        return SoundCardPeriod()
    }

    func play(_ samples: UnsafeBufferPointer<Int16>) { room.withLock { $0.played += samples } }
    func close() {}
}

@Suite("portier selftest sound")
struct SoundTestTests {
    private func run(_ card: RoomCard, isJSON: Bool = false) -> (status: Tool.Status, out: String, error: String) {
        var (out, error) = ("", "")
        let tool = Tool(
            Tool.Surroundings(socket: nil, credentials: nil, printOut: { out += $0 }, printError: { error += $0 }))
        var sound = HouseConfiguration.Sound()
        sound.echoCanceller = false
        let status = tool.testSound(card, sound, isJSON: isJSON)
        return (status, out, error)
    }

    @Test("A card in order is measured, and the status is 0")
    func good() throws {
        let (status, out, _) = run(RoomCard(), isJSON: true)
        #expect(status == .done)
        let found = try JSONValue(parsing: Array(out.utf8))
        #expect(found["ok"]?.bool == true)
        #expect(abs((found["delay_ms"]?.double ?? 0) - 40) < 10.1)
        #expect(abs(found["drift_ppm"]?.double ?? 99) < 1)
        #expect(found["faults"]?.array?.isEmpty == true)
    }

    @Test("A mute microphone and a mixer that has not what it should have are said in words, and the status is 1")
    func mute() {
        let (status, out, _) = run(
            RoomCard(problems: ["the mixer has no control \"Speakr\"; it has Speaker"]) { $0.isMute = true })
        #expect(status == .refused)
        #expect(out.contains("delay:          unknown\n"))
        #expect(out.contains("wrong: no microphone: "))
        #expect(out.contains("wrong: the mixer has no control \"Speakr\"; it has Speaker\n"))
        #expect(!out.contains("All is well."))
    }

    @Test("A card that cannot be opened is an error")
    func absent() {
        let (status, out, error) = run(RoomCard { $0.error = .failed(.openPlayback, code: ENOENT) })
        #expect(status == .refused)
        #expect(out == "")
        #expect(error == "portier: the sound card room cannot be used: cannot open for playback: No such file or directory\n")
    }
}
