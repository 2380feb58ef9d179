extension QualityReport {
    /// What one end knows of the stream that it gets: RFC 6035 §4.6.2. What is `nil` is unknown and not told.
    public struct Metrics: Sendable, Equatable {
        /// RTP payload type, name by IANA, and clock by SDP in Hz, the lowest and the highest for a codec that changes it.
        public var payloadType: UInt8?
        public var payloadName: String?
        public var sampleRates: [Int] = []
        /// Sound in a packet, in milliseconds.
        public var packetTime: Double?
        /// Numbers of RFC 3611 §4.7.6: loss concealment, whether the play-out delay adapts, how quickly.
        public var concealment: UInt8?
        public var adaptation: UInt8?
        public var adjustmentRate: UInt8?
        public var suppressesSilence: Bool?
        /// All times in milliseconds, all shares 0 to 1, all levels in dBm0.
        public var playoutDelay: Double?
        public var maximumPlayoutDelay: Double?
        public var absoluteMaximumPlayoutDelay: Double?
        public var lossRate: Double?
        public var discardRate: Double?
        public var burstDensity: Double?
        public var burstDuration: Double?
        public var gapDensity: Double?
        public var gapDuration: Double?
        public var minimumGap: Int?
        public var roundTrip: Double?
        public var endSystemDelay: Double?
        /// Half the round trip and both end systems.
        public var oneWayDelay: Double?
        public var jitter: Double?
        public var signalLevel: Double?
        public var noiseLevel: Double?
        public var residualEchoReturnLoss: Double?
        /// R and MOS: listening only, in conversation, and what is behind the end that measured.
        public var listeningR: Double?
        public var conversationalR: Double?
        public var externalR: Double?
        public var listeningMOS: Double?
        public var conversationalMOS: Double?
        /// By which all of these were computed.
        public var algorithm: String?

        public init() {}
    }
}

// MARK: - The grammar

extension QualityReport.Metrics {
    /// The lines behind the time stamps, in the order of the grammar.
    var lines: [String] {
        let packets = packetTime.flatMap { $0 >= 1 ? 1_000 / $0 : nil }
        return [
            line(
                "SessionDesc",
                [
                    ("PT", payloadType.map { "\($0)" }), ("PD", payloadName),
                    ("SR", sampleRates.isEmpty ? nil : sampleRates.map { "\($0)" }.joined(separator: ";")),
                    ("PPS", whole(packets, 1...1_000)), ("FD", whole(packetTime, 1...1_000)), ("FO", nil),
                    ("FPP", packetTime.map { _ in "1" }), ("FMTP", nil), ("PLC", concealment.map { "\($0)" }),
                    ("SSUP", suppressesSilence.map { $0 ? "on" : "off" }),
                ]),
            line(
                "JitterBuffer",
                [
                    ("JBA", adaptation.map { "\($0)" }), ("JBR", adjustmentRate.map { "\($0)" }), ("JBN", delay(playoutDelay)),
                    ("JBM", delay(maximumPlayoutDelay)), ("JBX", delay(absoluteMaximumPlayoutDelay)),
                ]),
            line("PacketLoss", [("NLR", percent(lossRate)), ("JDR", percent(discardRate))]),
            line(
                "BurstGapLoss",
                [
                    ("BLD", percent(burstDensity)), ("BD", whole(burstDuration, 0...3_600_000)), ("GLD", percent(gapDensity)),
                    ("GD", whole(gapDuration, 0...3_600_000)), ("GMIN", whole(minimumGap.map(Double.init), 1...255)),
                ]),
            line(
                "Delay",
                [
                    ("RTD", delay(roundTrip)), ("ESD", delay(endSystemDelay)), ("OWD", nil), ("SOWD", delay(oneWayDelay)),
                    ("IAJ", delay(jitter)), ("MAJ", nil),
                ]),
            line(
                "Signal",
                [
                    ("SL", whole(signalLevel, -99...99)), ("NL", whole(noiseLevel, -99...99)),
                    ("RERL", whole(residualEchoReturnLoss, 0...126)),
                ]),
            // The names of the algorithms behind each figure are left to QoEEstAlg.
            line(
                "QualityEst",
                [
                    ("RLQ", whole(listeningR, 0...120)), ("RCQ", whole(conversationalR, 0...120)),
                    ("EXTRI", whole(externalR, 0...120)), ("EXTRO", nil), ("MOSLQ", score(listeningMOS)),
                    ("MOSCQ", score(conversationalMOS)), ("QoEEstAlg", algorithm),
                ]),
        ].compactMap { $0 }
    }

    /// Every parameter but the last of a line has a space behind it, even where the last is not there: so the grammar.
    private func line(_ name: String, _ parameters: [(name: String, value: String?)]) -> String? {
        let known = parameters.compactMap { parameter in parameter.value.map { parameter.name + "=" + $0 } }
        guard !known.isEmpty else { return nil }
        return name + ":" + known.joined(separator: " ") + (parameters.last?.value == nil ? " " : "")
    }

    private func whole(_ value: Double?, _ range: ClosedRange<Int>) -> String? {
        guard let value, value.isFinite else { return nil }
        return "\(Int(min(max(value, Double(range.lowerBound)), Double(range.upperBound)).rounded()))"
    }

    private func delay(_ milliseconds: Double?) -> String? { whole(milliseconds, 0...65_535) }

    /// A share as a percentage with two decimal places.
    private func percent(_ share: Double?) -> String? {
        share.flatMap { $0.isFinite ? hundredths(min(max($0, 0), 1) * 100) : nil }
    }

    private func score(_ opinion: Double?) -> String? {
        opinion.flatMap { $0.isFinite ? hundredths(min(max($0, 1), 4.9)) : nil }
    }

    private func hundredths(_ value: Double) -> String {
        let (whole, part) = Int((value * 100).rounded()).quotientAndRemainder(dividingBy: 100)
        return "\(whole)." + (part < 10 ? "0\(part)" : "\(part)")
    }
}
