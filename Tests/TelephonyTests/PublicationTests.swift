import Base
import SIP
import Telephony
import Testing

@Suite("Quality reports by PUBLISH: RFC 6035 §3.2, RFC 3903")
struct PublicationTests {
    private static let collector = uri("sip:collector@192.0.2.1")

    private func world(_ collector: URI? = collector, byAccount: Bool = true) -> World {
        var world = World()
        world.add { Self.set(&$0, collector, byAccount: byAccount) }
        return world
    }

    private static func set(_ settings: inout UserAgentSettings, _ collector: URI?, byAccount: Bool) {
        var account = Account(name: "pbx", address: uri("sip:door@pbx.example"))
        account.credentials = Credentials(username: "door", password: "hunter2")
        account.qualityCollector = byAccount ? collector : nil
        settings.accounts = [account]
        settings.qualityCollector = byAccount ? nil : collector
    }

    private func report(_ callID: String = "x", account: String? = "pbx") -> QualityReport {
        var metrics = QualityReport.Metrics()
        metrics.conversationalR = 88
        let subject = QualityReport.Subject(
            account: account, callID: callID, localTag: "a", remoteTag: "b", local: uri("sip:door@pbx.example"),
            remote: uri("sip:201@pbx.example"), isOriginator: true, address: .v4(0x0A00_0001))
        return QualityReport(
            subject: subject, isFinal: true, local: .init(World.outsider, ssrc: 1), remote: .init(World.outsider, ssrc: 2),
            start: 0, stop: 1, localMetrics: metrics, remoteMetrics: nil)
    }

    private func lost(_ world: World) -> [String] {
        world.houses[0].outputs.compactMap { output in
            guard case .log(.notice, let line) = output, line.event == "quality-report-lost" else { return nil }
            return line.values.first { $0.0 == "why" }?.1
        }
    }

    @Test("A report goes to the collector in the account's name, and a challenge is answered")
    func sent() throws {
        var world = world()
        world.perform(0, .reportQuality(report()))
        let first = try world.received(.publish)
        #expect(first.requestURI == Self.collector && first.to.uri == Self.collector)
        #expect(first.from.uri == uri("sip:door@pbx.example") && first.contacts.isEmpty)
        #expect(first.header("Event") == "vq-rtcpxr" && first.header("Content-Type") == "application/vq-rtcpxr")
        #expect(Array(first.body) == report().body && first.header("Expires") == nil)
        world.reply(401, to: first, fields: [("WWW-Authenticate", "Digest realm=\"c\", nonce=\"n\", qop=\"auth\"")])
        let second = try world.received(.publish)
        #expect(second.header("Authorization") != nil && second.cseq.number == 2 && second.callID == first.callID)
        #expect(Array(second.body) == report().body)
        world.reply(200, to: second, fields: [("SIP-ETag", "e"), ("Expires", "60")])
        world.advance(by: .seconds(200))
        #expect(world.inbox().isEmpty && lost(world).isEmpty)
    }

    @Test("It takes the way of all requests of its account")
    func route() throws {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@pbx.example"))
            account.outboundProxy = uri("sip:192.0.2.1:5070")
            account.qualityCollector = uri("sip:collector@far.example")
            settings.accounts = [account]
        }
        world.perform(0, .reportQuality(report()))
        let (to, bytes) = try #require(world.strays.first)
        let request = try Message(parsing: bytes)
        #expect(to.port == 5070 && request.method == .publish && request.requestURI == uri("sip:collector@far.example"))
        #expect(request.header("Route") == "<sip:192.0.2.1:5070;lr>")
    }

    @Test("A wrong password is not tried again")
    func refused() throws {
        var world = world()
        world.perform(0, .reportQuality(report()))
        let challenge = [("WWW-Authenticate", "Digest realm=\"c\", nonce=\"n\"")]
        world.reply(401, to: try world.received(.publish), fields: challenge)
        world.reply(401, to: try world.received(.publish), fields: challenge)
        world.advance(by: .seconds(200))
        #expect(world.inbox().isEmpty && lost(world) == ["401 Unauthorized"])
    }

    @Test("Who knows nothing of such reports gets no more until the configuration changes", arguments: [405, 489, 501])
    func unknown(status: Int) throws {
        var world = world()
        world.perform(0, .reportQuality(report()))
        world.reply(status, to: try world.received(.publish))
        world.advance(by: .seconds(100_000))
        world.perform(0, .reportQuality(report("y")))
        #expect(world.inbox().isEmpty && lost(world).last == "the collector wants none now")
        var settings = UserAgentSettings()
        Self.set(&settings, Self.collector, byAccount: true)
        world.perform(0, .reconfigure(settings))
        world.perform(0, .reportQuality(report("z")))
        _ = try world.received(.publish)
    }

    @Test("Any other failure ends this report only; Retry-After is a pause for all")
    func failed() throws {
        var world = world()
        world.perform(0, .reportQuality(report()))
        world.reply(404, to: try world.received(.publish))
        world.perform(0, .reportQuality(report("y")))
        world.reply(503, to: try world.received(.publish), fields: [("Retry-After", "90")])
        world.advance(by: .seconds(89))
        world.perform(0, .reportQuality(report("z")))
        #expect(world.inbox().isEmpty)
        world.advance(by: .seconds(2))
        world.perform(0, .reportQuality(report("z")))
        _ = try world.received(.publish)
        world.advance(by: .seconds(200))
        #expect(lost(world) == ["404 Not Found", "503 Service Unavailable", "the collector wants none now", "no answer"])
    }

    @Test("Without a collector nothing is sent; with a general one, calls without an account are reported to it")
    func off() throws {
        var off = world(nil)
        off.perform(0, .reportQuality(report()))
        #expect(off.inbox().isEmpty)
        var general = world(byAccount: false)
        general.perform(0, .reportQuality(report()))
        #expect(general.inbox().isEmpty)
        general.perform(0, .reportQuality(report(account: nil)))
        #expect(try general.received(.publish).from.uri.user == "house0")
    }

    @Test("No more than sixteen wait for an answer, and none is begun when the house stops")
    func bounds() {
        var world = world()
        for index in 0..<40 { world.perform(0, .reportQuality(report("x\(index)"))) }
        #expect(world.inbox().filter { $0.method == .publish }.count == 16)
        #expect(lost(world) == Array(repeating: "too many reports at once", count: 24))
        world.advance(by: .seconds(33))
        _ = world.inbox()
        world.perform(0, .stop)
        world.perform(0, .reportQuality(report()))
        #expect(world.inbox().allSatisfy { $0.method != .publish })
    }

    @Test("A house that observes its calls hears what they are called on the wire; one that does not, does not")
    func subject() throws {
        for isWanted in [true, false] {
            var world = try World.calledOut { $0.qualityCollector = isWanted ? Self.collector : nil }.0
            world.advance(by: .seconds(1))
            let subjects = world.houses[0].outputs.compactMap { output -> QualityReport.Subject? in
                if case .call(_, .observed(let subject)) = output { subject } else { nil }
            }
            #expect(subjects.count == (isWanted ? 1 : 0))
            guard let subject = subjects.first else { continue }
            #expect(subject.isOriginator && subject.account == nil && subject.address == world.houses[0].address)
            #expect(subject.remoteTag == "peer" && !subject.localTag.isEmpty && !subject.callID.isEmpty)
        }
    }
}
