import Base
import Simulator
import Testing

@Suite("The watchdog is fed while everything moves")
struct WatchdogStories {
    private static let interval = Duration.seconds(9)

    /// How often it is fed in three of its intervals, in which all is well.
    private static let well = 9

    private func meals(_ street: Street, _ count: () -> Int) -> Int {
        let before = count()
        street.advance(Self.interval * 3)
        return count() - before
    }

    @Test("Three times in its interval")
    func fed() throws {
        let street = try Street()
        let count = street.house.watchdog(every: Self.interval)
        #expect(meals(street, count) == Self.well)
        #expect(!street.house.log.contains("stands-still"))
    }

    @Test("Not when the audio periods stand still, which is said once")
    func sound() throws {
        let street = try Street()
        let count = street.house.watchdog(every: Self.interval)
        _ = meals(street, count)
        street.house.voice.hangs = street.house.voice.periods
        // The look before may have been at an earlier period.
        #expect(meals(street, count) <= 1)
        #expect(meals(street, count) == 0)
        #expect(street.house.log.split(separator: "\n").filter { $0.contains("stands-still what=sound") }.count == 1)
    }

    @Test("Not when SIP's socket does not hear itself any more; again once it does")
    func socket() throws {
        let street = try Street()
        let count = street.house.watchdog(every: Self.interval)
        _ = meals(street, count)
        street.network.loses = { $0.source == $0.destination }
        #expect(meals(street, count) <= 1)
        #expect(meals(street, count) == 0)
        #expect(street.house.log.contains("stands-still what=sip"))
        street.network.loses = nil
        #expect(meals(street, count) >= Self.well - 1)
    }

    @Test("After each answer to `portier state` SIP's socket hears itself, unless it cannot")
    func answers() throws {
        let street = try Street()
        func echoes() -> Int64? {
            defer { street.advance(.seconds(1)) }
            return street.house.answerState()["sip"]?["echoes"]?.integer
        }
        #expect((0..<3).map { _ in echoes() } == [0, 1, 2])
        street.network.loses = { $0.source == $0.destination }
        #expect((0..<2).map { _ in echoes() } == [3, 3])
    }

    @Test("Without UDP it is SIP's TCP port that hears itself, and leaves no connection")
    func stream() throws {
        let street = try Street(Street.configuration(["[sip]": "[sip]\ntransports = [\"tcp\"]"]))
        let count = street.house.watchdog(every: Self.interval)
        #expect(meals(street, count) == Self.well)
        let own = SocketAddress(.loopback, port: street.house.address.port)
        street.house.streams.silent = [own]
        #expect(meals(street, count) <= 1)
        #expect(meals(street, count) == 0)
        #expect(street.house.log.contains("stands-still what=sip"))
        street.house.streams.silent = []
        #expect(meals(street, count) >= Self.well - 1)
        #expect(street.house.answerState()["connections"]?["open"]?.integer == 0)
    }

    @Test("A socket that never heard itself, by a firewall's will, ends nothing")
    func firewall() throws {
        let street = try Street()
        street.network.loses = { $0.source == $0.destination }
        let count = street.house.watchdog(every: Self.interval)
        #expect(meals(street, count) == Self.well)
    }
}
