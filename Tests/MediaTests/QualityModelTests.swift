import Testing

@testable import Media

@Suite("QualityModel: ITU-T G.107")
struct QualityModelTests {
    @Test("Without impairment R is 93.2 and the score 4.41")
    func perfect() {
        #expect(QualityModel.rating(loss: 0, codec: .pcma) == 93.2)
        #expect(abs(QualityModel.meanOpinionScore(rating: 93.2) - 4.41) < 0.005)
    }

    @Test(
        "The formula of Annex B at the bounds of its quality classes",
        arguments: [(90.0, 4.34), (80, 4.024), (70, 3.60), (60, 3.10), (50, 2.58)])
    func table(rating: Double, score: Double) {
        #expect(abs(QualityModel.meanOpinionScore(rating: rating) - score) < 0.005)
    }

    @Test("Delay counts beyond 100 ms, and costs what Idd says at 300 ms")
    func delay() {
        #expect(QualityModel.delayImpairment(100) == 0)
        #expect((14.0...15.5).contains(QualityModel.delayImpairment(300)))
        #expect(QualityModel.delayImpairment(400) > QualityModel.delayImpairment(300))
    }

    @Test("Loss costs 95·Ppl/(Ppl + Bpl)")
    func loss() {
        #expect(abs(QualityModel.equipmentImpairment(0.05, 1, .pcmu) - 95 * 5 / 30.1) < 1e-9)
        #expect(QualityModel.equipmentImpairment(2, 1, .pcmu) == QualityModel.equipmentImpairment(1, 1, .pcmu))
    }

    @Test("Losses in runs cost more than as many random ones")
    func bursts() {
        let costs = [1.0, 2, 4].map { QualityModel.equipmentImpairment(0.1, $0, .pcma) }
        #expect(costs == costs.sorted() && costs[1] > costs[0] + 2)
    }

    @Test("Echo costs the more the louder and the later it comes, and nothing where it is masked")
    func echo() {
        let costs = [65.0, 55, 45, 35].map { QualityModel.talkerEchoImpairment(delay: 150, loudness: $0) }
        #expect(costs == costs.sorted() && costs[0] < 4 && costs[2] > 25)
        let later = [10.0, 50, 150, 300].map { QualityModel.talkerEchoImpairment(delay: $0, loudness: 50) }
        #expect(later == later.sorted() && later[0] < 2 && later[3] > 25)
        #expect(QualityModel.talkerEchoImpairment(delay: 0, loudness: 20) == 0)
    }

    @Test("TELR 65 dB at 150 ms costs 2.8, worked by hand from the formulas of §7.4")
    func value() {
        // TERV = 65 − 40 log10(16 / 2) = 28.88; Re = 80 + 2.5 × 14.88 = 117.2; Roe = 1.5 × 63.18 = 94.77.
        #expect(abs(QualityModel.talkerEchoImpairment(delay: 150, loudness: 65) - 2.82) < 0.05)
        #expect(QualityModel.talkerEchoLoudness(residualEchoReturnLoss: 55) == QualityModel.defaultTalkerEchoLoudness)
    }
}
