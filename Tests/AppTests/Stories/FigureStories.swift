import Base
import JSON
import Media
import Testing

@Suite("What is measured in a call can be seen while it goes on, and at its end")
struct FigureStories {
    private var figures: LegStatistics {
        var figures = LegStatistics()
        figures.packetsReceived = 500
        figures.packetsRecovered = 7
        figures.listeningOpinionScore = 4.31
        figures.peerMetrics = VoIPMetrics()
        figures.peerRFactor = 81
        figures.peerMeanOpinionScore = 4.1
        figures.echoReturnLossEnhancement = 33.3
        figures.echo.delay = 24.5
        figures.echo.drift = -40
        figures.echo.clipping = 0.001
        figures.echo.doubleTalk = 0.25
        return figures
    }

    @Test("The echo canceller and the peer's figures are in the state; without them nothing is made up")
    func state() throws {
        let street = try Street()
        let call = street.talking()
        street.house.hears(.statistics(call, LegStatistics(), final: false))
        #expect(street.house.state["sound"]?["erle_db"] == nil && street.house.state["calls"]?.array?[0]["remote_mos"] == nil)
        street.house.hears(.statistics(call, figures, final: false))
        let sound = try #require(street.house.state["sound"])
        #expect(sound["erle_db"]?.double == 33.3 && sound["echo_delay_ms"]?.double == 24.5 && sound["drift_ppm"]?.double == -40)
        #expect(sound["clipping_percent"]?.double == 0.1 && sound["double_talk_percent"]?.double == 25)
        #expect(sound["howling"] == .bool(false))
        let row = try #require(street.house.state["calls"]?.array?.first)
        #expect(row["packets_recovered"]?.double == 7 && row["listening_mos"]?.double == 4.31)
        #expect(row["remote_r_factor"]?.double == 81 && row["remote_mos"]?.double == 4.1)
        street.house.voice.figures = figures
        street.house.press("bell")
        street.advance(.seconds(1))
        #expect(street.house.state["sound"]?["howling"] == nil)
        let end = try #require(street.house.events("call-ended").first)
        #expect(end["packets_recovered"]?.double == 7 && end["listening_mos"]?.double == 4.31)
        #expect(end["remote_r_factor"]?.double == 81 && end["remote_mos"]?.double == 4.1)
    }

    @Test("Howling is an event when it begins")
    func howling() throws {
        let street = try Street()
        let call = street.talking()
        var figures = figures
        for isHowling in [false, true, true, true, false, true] {
            figures.echo.isHowling = isHowling
            street.house.hears(.statistics(call, figures, final: false))
            #expect(street.house.state["sound"]?["howling"] == .bool(isHowling))
            street.advance(.seconds(1))
        }
        #expect(street.house.events("howling").map { $0["call"]?.string } == ["out-1"])
    }
}
