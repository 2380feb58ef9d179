import App
import Base
import Intercom
import Simulator
import Testing

@Suite("What a collector hears of a call: RFC 6035")
struct QualityStories {
    private static let collectorAddress = SocketAddress(.v4(0x0A00_0009), port: 5060)

    /// The street door's calls are reported to 10.0.0.9.
    private static let wanted = "[calls]\nquality_reports_to = \"sip:collector@10.0.0.9\"\n"

    private func collector(
        on network: VirtualNetwork, script: @escaping (ScriptedPeer, ScriptedPeer.Received) -> Void
    ) -> ScriptedPeer {
        ScriptedPeer(on: network, at: Self.collectorAddress, user: "collector", script: script)
    }

    private func report(_ collector: ScriptedPeer) throws -> (message: WireMessage, report: QualityReportGrammar) {
        let message = try #require(collector.messages("PUBLISH").last)
        return (message, try QualityReportGrammar(Array(message.body.utf8)))
    }

    @Test("A call between two houses ends, and the collector hears what both heard, once")
    func bothWays() throws {
        let houses = try Houses(door: Self.wanted)
        let collector = collector(on: houses.network) { $0.respond(to: $1, 200, "OK", fields: ["SIP-ETag: x", "Expires: 60"]) }
        // A report about both sides is too large for a datagram.
        let gateway = try StreamGateway(
            of: Self.collectorAddress, by: .tcp, port: 5060, for: houses.door, on: houses.network)
        houses.door.press("bell")
        houses.advance(.seconds(20))
        let leg = try #require(houses.door.voice.plan.legs.first)
        let peer = try #require(houses.flat.voice.plan.legs.first)
        #expect(collector.received.isEmpty)
        houses.door.press("bell")
        houses.advance(.seconds(60))
        #expect(collector.messages("PUBLISH").count == 1)
        let (message, report) = try report(collector)
        #expect(gateway.callers.count == 1)
        #expect(message.uri == "sip:collector@10.0.0.9" && message["event"] == "vq-rtcpxr")
        #expect(message["content-type"] == "application/vq-rtcpxr")
        #expect(report.isFinal)
        #expect(report.info["LocalID"]?.hasPrefix("sip:door@10.0.0.1") == true)
        #expect(report.info["RemoteID"] == "sip:kitchen@10.0.0.2" && report.info["OrigID"] == report.info["LocalID"])
        let port = houses.door.voice.ports[leg.port]
        #expect(
            report.addresses["LocalAddr"] == [
                "IP": "10.0.0.1", "PORT": "\(port)", "SSRC": String(leg.ssrc, radix: 16),
            ])
        #expect(
            report.addresses["RemoteAddr"] == [
                "IP": "10.0.0.2", "PORT": "\(leg.remote.port)", "SSRC": String(peer.ssrc, radix: 16),
            ])
        #expect(report.dialog?.hasPrefix((report.info["CallID"] ?? "?") + ";to-tag=") == true)
        let remote = try #require(report.remote)
        for metrics in [report.local, remote] {
            #expect(metrics["SessionDesc"]?["PD"] == "opus" && metrics["SessionDesc"]?["FD"] == "20")
            #expect(metrics["PacketLoss"] == ["NLR": "0.00", "JDR": "0.00"])
            #expect(metrics["JitterBuffer"]?["JBA"] == "3" && metrics["BurstGapLoss"]?["GMIN"] == "16")
            // 3 ms each way, and what a period of 10 ms adds.
            #expect((6...30).contains(Int(metrics["Delay"]?["RTD"] ?? "") ?? 0))
            #expect((85...94).contains(Int(metrics["QualityEst"]?["RCQ"] ?? "") ?? 0))
        }
        #expect(report.local["QualityEst"]?["QoEEstAlg"] == "G.107" && report.local["Timestamps"]?["STOP"] != nil)
    }

    @Test("A call in which nothing was heard is told as all lost, by the names of its dialog")
    func silentCall() throws {
        let street = try Street(Street.configuration(adding: Self.wanted))
        let collector = collector(on: street.network) { peer, item in
            if item.message["authorization"] == nil {
                peer.respond(to: item, 401, fields: ["WWW-Authenticate: Digest realm=\"c\", nonce=\"n\""])
            } else {
                peer.respond(to: item, 200)
            }
        }
        let call = street.talking()
        let invite = try #require(street.kitchen.messages("INVITE").last)
        street.advance(.seconds(10))
        #expect(street.house.command(.hangUp(call)) == nil)
        street.advance(.seconds(60))
        // It has no account and so no password: the challenge is the end of it, and is in the log.
        #expect(collector.messages("PUBLISH").count == 1)
        #expect(street.house.log.contains("quality-report-lost"))
        let report = try report(collector).report
        #expect(report.info["CallID"] == invite.callID && report.dialog?.contains("from-tag=\(invite.fromTag ?? "?")") == true)
        #expect(report.info["RemoteID"] == "sip:kitchen@10.0.0.2" && report.remote == nil)
        #expect(report.addresses["RemoteAddr"]?["PORT"] == "7000" && report.local["PacketLoss"] == ["NLR": "100.00"])
        // The clock on the wall of stories stands still; the call lasted about ten seconds.
        #expect(report.local["Timestamps"]?["STOP"]?.hasPrefix("2023-11-14T22:1") == true)
        #expect(report.local["Timestamps"]?["START"] != report.local["Timestamps"]?["STOP"])
    }

    @Test("An account's reports are sent in its name, with its password")
    func account() throws {
        let account = """
            [accounts.pbx]
            address = "sip:door@pbx.example"
            registrar = "sip:pbx.example"
            password = "hunter2"
            quality_reports_to = "sip:collector@10.0.0.9"

            """
        let street = try Street(
            Street.configuration(
                ["targets = [\"sip:kitchen@10.0.0.2\"]": "targets = [\"sip:kitchen@10.0.0.2\"]\naccount = \"pbx\""],
                adding: account))
        let registrar = SimulatedRegistrar(on: street.network, at: Street.pbxAddress)
        registrar.policy.passwords = ["door": "hunter2"]
        let collector = SimulatedRegistrar(on: street.network, at: Self.collectorAddress)
        collector.policy.passwords = ["door": "hunter2"]
        collector.otherwise = { [unowned collector] peer, item in if collector.admits(item) { peer.respond(to: item, 200, "OK") }
        }
        street.advance(.seconds(40))
        _ = street.talking()
        street.advance(.seconds(3))
        street.house.press("bell")
        street.advance(.seconds(60))
        let sent = collector.peer.messages("PUBLISH")
        #expect(sent.map { $0["authorization"] != nil } == [false, true] && collector.violations.isEmpty)
        #expect(street.house.log.contains("quality-report-sent") && !street.house.log.contains("quality-report-lost"))
        #expect(try report(collector.peer).report.info["LocalID"] == "sip:door@pbx.example")
        #expect(sent.allSatisfy { !$0.body.contains("hunter2") })
    }

    @Test("Nobody asked: nothing is sent", arguments: ["", "[calls]\nquality_reports_to = \"off\"\n"])
    func off(more: String) throws {
        let houses = try Houses(door: more)
        let collector = collector(on: houses.network) { _, _ in }
        houses.door.press("bell")
        houses.advance(.seconds(5))
        houses.door.press("bell")
        houses.advance(.seconds(5))
        #expect(houses.door.events("call-ended").count == 1)
        #expect(collector.received.isEmpty && !houses.door.log.contains("quality-report"))
    }
}
