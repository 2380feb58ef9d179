import Base
import Testing

@testable import App

@Suite("Howling is told once")
struct HowlingWatchTests {
    @Test("Each second of the same howling is not told, nor that it comes back within a minute; after that it is")
    func once() {
        var watch = HowlingWatch()
        var told: [Int64] = []
        for second in 0..<400 as Range<Int64> {
            let isHowling = (10..<30).contains(second) || (80..<85).contains(second) || (200..<300).contains(second)
            if watch.begins(isHowling, at: Instant() + .seconds(second)) { told.append(second) }
        }
        #expect(told == [10, 200])
    }
}
