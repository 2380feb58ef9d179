import Media
import Runtime

extension Tool {
    /// The daemon's echo canceller over recordings.
    func cancelEcho(_ played: String, _ microphone: String, _ output: String, report: String?) -> Status {
        do throws(SoundFile.Failure) {
            let far = try sound(played)
            let near = try sound(microphone)
            var settings = VoiceSettings()
            settings.sampleRate = near.sampleRate <= 8_000 ? 8_000 : 16_000
            settings.framesPerPeriod = settings.sampleRate / 100
            let result = EchoTrial(settings).run(
                played: far.converted(to: settings.sampleRate).samples,
                microphone: near.converted(to: settings.sampleRate).samples)
            let sent = SoundFile(sampleRate: settings.sampleRate, samples: result.sent)
            try sent.converted(to: near.sampleRate, count: near.samples.count).write(to: output)
            if let report { try write(result.seconds, to: report) }
            return .done
        } catch {
            complain("\(error)")
            return .refused
        }
    }

    private func sound(_ path: String) throws(SoundFile.Failure) -> SoundFile {
        do throws(SoundFile.Failure) {
            return try SoundFile(path: path)
        } catch {
            if case .system = error { throw error }
            throw .system("\(path): \(error)")
        }
    }

    private func write(_ seconds: [EchoFigures], to path: String) throws(SoundFile.Failure) {
        var text = "second\tdelay_ms\tdrift_ppm\terle_db\tclipping\tdouble_talk\n"
        for (index, figures) in seconds.enumerated() {
            let values = [figures.delay, figures.drift, figures.enhancement, figures.clipping, figures.doubleTalk]
            text += ([String(index + 1)] + values.map(Self.thousandths)).joined(separator: "\t") + "\n"
        }
        do throws(SystemError) {
            try Files.replace(path, with: Array(text.utf8), mode: 0o644)
        } catch {
            throw .system("\(error)")
        }
    }

    private static func thousandths(_ value: Float) -> String { "\((Double(value) * 1_000).rounded() / 1_000)" }
}
