import Base
import Testing

@testable import Media

@Suite("RTCP of a call: RFC 3550, 3611, 5761, 6263")
struct ControlTests {
    /// Half a minute in which both speak; what the sides said of it in their RTCP, and their last figures.
    private func talk(
        isMultiplexed: Bool = false, loss: Double = 0
    ) -> (reports: [[ControlReport]], figures: [LegStatistics], rig: EngineRig) {
        let rig = EngineRig(VoiceSettings(), isMultiplexed: isMultiplexed)
        rig.loss = loss
        rig.isRecording = true
        rig.connect()
        let speech = (0...1).map { EngineRig.speech(160 * 3_000, seed: UInt64($0) + 5) }
        for period in 0..<3_000 {
            rig.period(speech.map { Array($0[period * 160..<(period + 1) * 160]) })
        }
        var reports: [[ControlReport]] = [[], []]
        for packet in rig.wire where packet.bytes.count > 1 && (200...207).contains(packet.bytes[1]) {
            let report = packet.bytes.withUnsafeBytes { ControlPacket.parse($0, about: UInt32(1_000 + packet.to)) }
            reports[1 - packet.to].append(report ?? ControlReport(ssrc: 0, isGoodbye: true))
        }
        let figures = rig.reports.map { reports in
            reports.compactMap { if case .statistics(_, let figures, _) = $0 { figures } else { nil } }.last ?? LegStatistics()
        }
        return (reports, figures, rig)
    }

    @Test("Reports go out every 2 to 6 s, and tell the other side what was measured")
    func metrics() throws {
        let (reports, figures, _) = talk(loss: 0.1)
        for side in 0...1 {
            #expect((5...14).contains(reports[side].count))
            let metrics = try #require(reports[side].last?.metrics)
            #expect((0.06...0.14).contains(metrics.lossRate) && metrics.discardRate < 0.02)
            #expect(metrics.burstDensity > metrics.gapDensity && metrics.burstDuration > 40)
            let conversation = try #require(metrics.conversationalMOS)
            let listening = try #require(metrics.listeningMOS)
            #expect((2.0...3.6).contains(conversation) && conversation <= listening)
            #expect(try (-40.0 ... -5.0).contains(#require(metrics.signalLevel)))
            #expect(metrics.endSystemDelay >= 40 && metrics.roundTrip < 60)
            let other = figures[1 - side]
            #expect(abs(Double(other.peerMeanOpinionScore) - conversation) < 0.35)
            #expect(other.peerRFactor > 30 && other.peerRFactor < 80)
        }
    }

    @Test("Without loss the conversation is good, and listening as good as G.711 gets")
    func perfect() throws {
        let (_, figures, _) = talk()
        for side in figures {
            #expect(side.meanOpinionScore > 4.3 && side.meanOpinionScore < 4.41)
            #expect(abs(side.listeningOpinionScore - 4.41) < 0.01)
        }
    }

    @Test("On one port RTCP is told from RTP, both ways", arguments: [false, true])
    func multiplexing(isMultiplexed: Bool) {
        let (reports, figures, rig) = talk(isMultiplexed: isMultiplexed)
        #expect(rig.wire.contains { $0.control } == !isMultiplexed)
        #expect(reports.allSatisfy { $0.count >= 5 && $0.allSatisfy { !$0.isGoodbye } })
        for side in figures { #expect(side.roundTrip > 0 && side.packetsInvalid == 0 && side.peerRFactor > 80) }
    }

    @Test("A leg that only listens keeps its port open by an empty datagram every 15 s; not where RTCP does")
    func keepAlive() {
        for isMultiplexed in [false, true] {
            let rig = EngineRig(VoiceSettings())
            rig.isRecording = true
            var plan = EngineRig.plan(0)
            plan.legs[0].sends = false
            if isMultiplexed { plan.legs[0].remoteControl = plan.legs[0].remote }
            rig.engines[0].submit(plan)
            let silence = [Int16](repeating: 0, count: 160)
            for _ in 0..<6_100 { rig.period([silence, silence]) }
            #expect(rig.wire.filter { $0.bytes.isEmpty && !$0.control }.count == (isMultiplexed ? 0 : 4))
            #expect(rig.wire.contains { !$0.bytes.isEmpty })
        }
    }
}
