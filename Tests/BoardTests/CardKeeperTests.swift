import Base
import Glibc
import Testing

@testable import Board

@Suite("A card that comes and goes")
struct CardKeeperTests {
    private let time = JumpingTime()
    private let card: ScriptedCard
    private let events = EventRing<SoundCardEvent>(capacity: 64)
    private var keeper: CardKeeper
    private var figures: [SoundCardFigures] = []
    private let gone = SoundCardError.failed(.capture, code: ENODEV)
    private let absent = SoundCardError.failed(.openCapture, code: ENOENT)

    init() {
        card = ScriptedCard(time: time)
        keeper = CardKeeper(card, format: SoundFormat(sampleRate: 16_000), time: time, events: events)
    }

    private mutating func run(_ periods: Int) -> [Int16] {
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: 160) { buffer in
            buffer.initialize(repeating: 0)
            var heard: [Int16] = []
            for _ in 0..<periods {
                _ = keeper.capture(into: buffer)
                heard.append(buffer[0])
                keeper.play(UnsafeBufferPointer(buffer))
            }
            return heard
        }
    }

    private mutating func told() -> [SoundCardEvent] {
        var all: [SoundCardEvent] = []
        while let event = events.popFirst() {
            if case .figures(let new) = event { figures.append(new) } else { all.append(event) }
        }
        return all
    }

    @Test("Missing at the start, silence is exchanged at the same pace, and the card is used once it is there")
    mutating func missing() {
        card.change { [absent] in $0.openErrors = [absent, absent, absent] }
        let start = time.now
        keeper.open()
        // Attempts at 0, 1, 3 and 7 seconds.
        let heard = run(800)
        #expect(told() == [.unavailable(absent), .opened], "the same reason is told once")
        #expect(card.state.opened == 4)
        #expect(heard.prefix(690).allSatisfy { $0 == 0 })
        #expect(heard.suffix(90).allSatisfy { $0 == 1000 })
        #expect(time.now - start >= .seconds(8) && time.now - start <= .milliseconds(8050))
    }

    @Test("Lost in use, it is closed, told, and opened again a second later")
    mutating func lost() {
        keeper.open()
        _ = run(2000)
        card.change { [gone] in $0.states = [.lost(gone)] }
        let heard = run(200)
        #expect(told() == [.opened, .lost(gone), .opened])
        #expect(heard[1..<99].allSatisfy { $0 == 0 })
        #expect(heard.last == 1000)
        #expect(card.state.opened == 2 && card.state.isOpen)
    }

    @Test("A card that is lost again and again is tried ever more rarely, at most every thirty seconds")
    mutating func flapping() {
        keeper.open()
        card.change { [gone] in $0.states = Array(repeating: .lost(gone), count: 100) }
        _ = run(18_000)
        // After 0, 1, 3, 7, 15, 31 and then every 30 seconds.
        #expect((10...12).contains(card.state.opened), "\(card.state.opened)")
    }

    @Test("Interruptions are counted and told at most every ten seconds")
    mutating func interrupted() {
        keeper.open()
        card.change { $0.states = Array(repeating: .interrupted(Interruptions(playback: 1)), count: 1500) }
        _ = run(2100)
        let counts = [1, 1_000, 499].map { SoundCardEvent.interrupted(Interruptions(playback: $0)) }
        #expect(told() == [.opened] + counts)
        #expect(figures.last?.interruptions == Interruptions(playback: 1_500), "nothing is forgotten in the sum")
    }

    @Test("A microphone that gives one and the same value is told, and figures come every second")
    mutating func microphone() {
        keeper.open()
        card.change { $0.isConstant = true }
        _ = run(1_600)
        #expect(told() == [.opened, .microphoneSilent(true)])
        #expect(figures.count == 16)
        #expect(figures.allSatisfy { abs($0.peak + 30.3) < 0.1 })
        card.change { $0.isConstant = false }
        _ = run(1)
        #expect(told() == [.microphoneSilent(false)])
    }

    @Test("What is played while the card is away is dropped")
    mutating func dropped() {
        card.change { [absent] in $0.openErrors = [absent] }
        keeper.open()
        _ = run(50)
        #expect(card.state.played.isEmpty)
        _ = run(100)
        #expect(!card.state.played.isEmpty)
    }
}
