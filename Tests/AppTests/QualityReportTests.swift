import Base
import SIP
import Telephony
import Testing

@testable import App

@Suite("A quality report is of the grammar of RFC 6035 §4.6.1")
struct QualityReportTests {
    private func metrics(_ change: (inout QualityReport.Metrics) -> Void = { _ in }) -> QualityReport.Metrics {
        var metrics = QualityReport.Metrics()
        metrics.payloadType = 96
        metrics.payloadName = "opus"
        metrics.sampleRates = [8_000, 48_000]
        metrics.packetTime = 20
        metrics.concealment = 2
        metrics.adaptation = 3
        metrics.adjustmentRate = 15
        metrics.suppressesSilence = false
        metrics.playoutDelay = 40.4
        metrics.maximumPlayoutDelay = 200
        metrics.absoluteMaximumPlayoutDelay = 300
        metrics.lossRate = 0.0501
        metrics.discardRate = 0.02
        metrics.burstDensity = 0.25
        metrics.burstDuration = 120
        metrics.gapDensity = 0.001
        metrics.gapDuration = 59_000
        metrics.minimumGap = 16
        metrics.roundTrip = 30
        metrics.endSystemDelay = 80
        metrics.oneWayDelay = 95
        metrics.jitter = 2.6
        metrics.signalLevel = -18.4
        metrics.noiseLevel = -60
        metrics.residualEchoReturnLoss = 45
        metrics.listeningR = 91.6
        metrics.conversationalR = 85
        metrics.externalR = 70
        metrics.listeningMOS = 4.38
        metrics.conversationalMOS = 4.2
        metrics.algorithm = "G.107"
        change(&metrics)
        return metrics
    }

    private func report(
        _ local: QualityReport.Metrics, remote: QualityReport.Metrics? = nil, isFinal: Bool = true, isOriginator: Bool = true,
        address: IPAddress = .v4(0x0A00_0001)
    ) throws -> QualityReport {
        let subject = QualityReport.Subject(
            account: "pbx", callID: "a84b4c76@pc33", localTag: "17", remoteTag: "42", local: try URI("sip:door@pbx.example"),
            remote: try URI("sip:201@10.0.0.2"), isOriginator: isOriginator, address: address)
        return QualityReport(
            subject: subject, isFinal: isFinal, local: .init(SocketAddress(address, port: 40_000), ssrc: 0x1A3B),
            remote: .init(SocketAddress(address, port: 7_000), ssrc: 0xFFFF_FFFF), start: 1_097_432_623.5, stop: 1_097_432_762,
            localMetrics: local, remoteMetrics: remote)
    }

    @Test("All that is known is told, in its place and unit")
    func whole() throws {
        let body = try report(metrics(), remote: metrics { $0.payloadType = 97 }).body
        let read = try QualityReportGrammar(body)
        #expect(read.isFinal)
        #expect(
            read.info == [
                "CallID": "a84b4c76@pc33", "LocalID": "sip:door@pbx.example", "RemoteID": "sip:201@10.0.0.2",
                "OrigID": "sip:door@pbx.example", "LocalGroup": "pbx.example", "RemoteGroup": "10.0.0.2",
            ])
        #expect(read.addresses["LocalAddr"] == ["IP": "10.0.0.1", "PORT": "40000", "SSRC": "1a3b"])
        #expect(read.addresses["RemoteAddr"] == ["IP": "10.0.0.1", "PORT": "7000", "SSRC": "ffffffff"])
        #expect(read.dialog == "a84b4c76@pc33;to-tag=42;from-tag=17")
        #expect(
            read.local == [
                "Timestamps": ["START": "2004-10-10T18:23:43Z", "STOP": "2004-10-10T18:26:02Z"],
                "SessionDesc": [
                    "PT": "96", "PD": "opus", "SR": "8000;48000", "PPS": "50", "FD": "20", "FPP": "1", "PLC": "2", "SSUP": "off",
                ],
                "JitterBuffer": ["JBA": "3", "JBR": "15", "JBN": "40", "JBM": "200", "JBX": "300"],
                "PacketLoss": ["NLR": "5.01", "JDR": "2.00"],
                "BurstGapLoss": ["BLD": "25.00", "BD": "120", "GLD": "0.10", "GD": "59000", "GMIN": "16"],
                "Delay": ["RTD": "30", "ESD": "80", "SOWD": "95", "IAJ": "3"],
                "Signal": ["SL": "-18", "NL": "-60", "RERL": "45"],
                "QualityEst": [
                    "RLQ": "92", "RCQ": "85", "EXTRI": "70", "MOSLQ": "4.38", "MOSCQ": "4.20", "QoEEstAlg": "G.107",
                ],
            ])
        #expect(read.remote?["SessionDesc"]?["PT"] == "97" && read.remote?["Signal"] == read.local["Signal"])
        #expect(body.allSatisfy { $0 < 0x80 })
    }

    @Test("Whose call it was, whether it is over, and IPv6")
    func variants() throws {
        let called = try QualityReportGrammar(report(metrics(), isFinal: false, isOriginator: false).body)
        #expect(!called.isFinal && called.remote == nil && called.info["OrigID"] == "sip:201@10.0.0.2")
        #expect(called.dialog == nil)
        let over = try QualityReportGrammar(report(metrics(), isOriginator: false).body)
        #expect(over.dialog == "a84b4c76@pc33;to-tag=17;from-tag=42")
        let address = try #require(IPAddress("2001:db8::1"))
        let six = try QualityReportGrammar(report(metrics(), address: address).body)
        #expect(six.addresses["LocalAddr"]?["IP"] == "2001:db8::1")
    }

    @Test("What is not known is left out, and the rest is still of the grammar")
    func parts() throws {
        let forget: [(inout QualityReport.Metrics) -> Void] = [
            { $0.payloadType = nil }, { $0.payloadName = nil }, { $0.sampleRates = [] }, { $0.packetTime = nil },
            { $0.concealment = nil }, { $0.adaptation = nil }, { $0.adjustmentRate = nil }, { $0.suppressesSilence = nil },
            { $0.playoutDelay = nil }, { $0.maximumPlayoutDelay = nil }, { $0.absoluteMaximumPlayoutDelay = nil },
            { $0.lossRate = nil }, { $0.discardRate = nil }, { $0.burstDensity = nil }, { $0.burstDuration = nil },
            { $0.gapDensity = nil }, { $0.gapDuration = nil }, { $0.minimumGap = nil }, { $0.roundTrip = nil },
            { $0.endSystemDelay = nil }, { $0.oneWayDelay = nil }, { $0.jitter = nil }, { $0.signalLevel = nil },
            { $0.noiseLevel = nil }, { $0.residualEchoReturnLoss = nil }, { $0.listeningR = nil }, { $0.conversationalR = nil },
            { $0.externalR = nil }, { $0.listeningMOS = nil }, { $0.conversationalMOS = nil }, { $0.algorithm = nil },
        ]
        let all = try QualityReportGrammar(report(metrics()).body).local.values.map(\.count).reduce(0, +)
        for one in forget {
            let read = try QualityReportGrammar(report(metrics { one(&$0) }).body)
            #expect(read.local.values.map(\.count).reduce(0, +) < all)
        }
        var random = RandomSource(seed: 6035)
        for _ in 0..<300 {
            let few = metrics { metrics in for one in forget where random.next() % 3 > 0 { one(&metrics) } }
            _ = try QualityReportGrammar(report(few, remote: few).body)
        }
        let nothing = try QualityReportGrammar(report(QualityReport.Metrics()).body)
        #expect(nothing.local.keys.map { $0 } == ["Timestamps"])
    }

    @Test("Figures beyond all measure keep to the ranges", arguments: [Double.nan, .infinity, -.infinity, -1e300, 1e300, -0.4])
    func extremes(value: Double) throws {
        let wild = metrics { metrics in
            for path: WritableKeyPath<QualityReport.Metrics, Double?> in [
                \.packetTime, \.playoutDelay, \.maximumPlayoutDelay, \.absoluteMaximumPlayoutDelay, \.lossRate, \.discardRate,
                \.burstDensity, \.burstDuration, \.gapDensity, \.gapDuration, \.roundTrip, \.endSystemDelay, \.oneWayDelay,
                \.jitter, \.signalLevel, \.noiseLevel, \.residualEchoReturnLoss, \.listeningR, \.conversationalR, \.externalR,
                \.listeningMOS, \.conversationalMOS,
            ] { metrics[keyPath: path] = value }
            metrics.minimumGap = value > 0 ? .max : .min
        }
        var report = try report(wild)
        (report.start, report.stop) = (value, value)
        let body = report.body
        #expect(throws: Never.self) { _ = try QualityReportGrammar(body) }
    }

    @Test(
        "Seconds since 1970 are told as the day and the time in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_399.9, "2000-02-28T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"), (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"), (1e15, "9999-12-31T23:59:59Z"),
            (-1, "1970-01-01T00:00:00Z"),
        ])
    func calendar(seconds: Double, text: String) throws {
        var report = try report(metrics())
        (report.start, report.stop) = (seconds, seconds)
        #expect(try QualityReportGrammar(report.body).local["Timestamps"] == ["START": text, "STOP": text])
    }

    @Test("What is not of the grammar is found out: the judge itself is judged")
    func judge() throws {
        let body = String(decoding: try report(metrics(), remote: metrics()).body, as: UTF8.self)
        let changes = [
            ("VQSessionReport", "VQSessionreport"), ("CallID: ", "CallID "), ("SSRC=0x1a3b", "SSRC=1a3b"),
            ("NLR=5.01 ", "NLR=5.012 "), ("NLR=5.01 ", "NLR=101 "), ("JBR=15", "JBR=16"),
            ("PLC=2 SSUP=off", "SSUP=off PLC=2"), ("IAJ=3 ", "IAJ=3"), ("SL=-18", "SL=-180"), ("MOSLQ=4.38", "MOSLQ=5.00"),
            ("2004-10-10T", "2004-13-10T"), ("18:23:43Z", "18:23:43+00:00"), ("GMIN=16", "GMIN=0"),
            ("\r\n\r\nLocal", "\r\nLocal"),
            ("\r\n\r\nDialogID", "\r\nDialogID"), ("PacketLoss:", "Loss:"), ("from-tag=17", "from-tag=17\r\n"),
            ("LocalGroup: pbx.example\r\n", ""), ("EXTRI=70", "EXTRI=170"), ("QoEEstAlg=G.107", "QoEEstAlg=G,107"),
        ]
        for (right, wrong) in changes {
            let parts = body.components(separatedBy: right)
            #expect(parts.count > 1, "\(right)")
            let broken = parts[0] + wrong + parts.dropFirst().joined(separator: right)
            #expect(throws: (any Error).self, "\(wrong)") { try QualityReportGrammar(Array(broken.utf8)) }
        }
    }
}

extension String {
    /// The parts between each occurrence of `separator`.
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
