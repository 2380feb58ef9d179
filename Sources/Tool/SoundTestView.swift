import Board
import JSON
import Media

/// What the test of the sound found, for people and for programs.
struct SoundTestView {
    var report: SweepTest.Report
    var recording: CardRecording
    /// Of the card's mixer.
    var problems: [String]

    var text: String {
        var lines = [
            ("noise", Words.number(Self.tenths(report.noise)) + " dBFS"),
            ("level", Words.number(Self.tenths(report.level)) + " dBFS"),
            ("peak", Words.number(Self.tenths(report.peak)) + " dBFS"),
            ("clipping", Words.number(report.clipping * 100) + " %"),
            ("delay", Self.value(report.delay, "ms")),
            ("drift", Self.value(report.drift, "ppm")),
            ("echo cancelled", Self.value(report.enhancement, "dB")),
        ]
        if recording.interruptions.total > 0 {
            lines.append(("interruptions", "\(recording.interruptions.capture) + \(recording.interruptions.playback)"))
        }
        let width = 16
        let figures = lines.map { Words.padded($0.0 + ":", to: width) + $0.1 + "\n" }.joined()
        let complaints = (report.faults.map(\.text) + problems).map { "wrong: " + Words.harmless($0) + "\n" }.joined()
        return figures + (complaints.isEmpty ? "All is well.\n" : complaints)
    }

    var json: JSONValue {
        var object: JSONObject = [
            "ok": .bool(report.faults.isEmpty && problems.isEmpty), "noise_db": .number(Self.tenths(report.noise)),
            "level_db": .number(Self.tenths(report.level)), "peak_db": .number(Self.tenths(report.peak)),
            "clipping_percent": .number(Self.tenths(report.clipping * 100)),
            "capture_interruptions": .integer(Int64(recording.interruptions.capture)),
            "playback_interruptions": .integer(Int64(recording.interruptions.playback)),
            "faults": .array(report.faults.map { .string("\($0)") }),
            "wrong": .array((report.faults.map(\.text) + problems).map { .string($0) }),
        ]
        object["delay_ms"] = report.delay.map { .number(Self.tenths($0)) }
        object["drift_ppm"] = report.drift.map { .number(Self.tenths($0)) }
        object["erle_db"] = report.enhancement.map { .number(Self.tenths($0)) }
        return .object(object)
    }

    private static func value(_ value: Double?, _ unit: String) -> String {
        value.map { Words.number(tenths($0)) + " " + unit } ?? "unknown"
    }

    private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
