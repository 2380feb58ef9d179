/// Which sound card, as the configuration says it.
public enum SoundCardAddress: Sendable, Equatable, CustomStringConvertible {
    /// `none`: no sound.
    case none
    /// `file:IN.wav,OUT.wav` or `file:IN.wav,OUT.wav,loop`; either file may be left out.
    case file(input: String?, output: String?, loops: Bool)
    /// Everything else is for ALSA: `default`, `hw:CARD=Device,DEV=0`, `plughw:…`.
    case alsa(capture: String, playback: String)

    /// One text for microphone and loudspeaker.
    public init(_ text: String) {
        if text == "none" {
            self = .none
        } else if text.hasPrefix("file:") {
            let parts = text.dropFirst(5).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let loops = parts.count > 2 && parts[2] == "loop"
            func path(_ index: Int) -> String? { parts.indices.contains(index) && !parts[index].isEmpty ? parts[index] : nil }
            self = .file(input: path(0), output: path(1), loops: loops)
        } else {
            self = .alsa(capture: text, playback: text)
        }
    }

    /// `levels` are for the mixer of an ALSA card.
    public func makeCard(levels: [MixerLevel] = [], time: any MonotonicTime = KernelTime()) -> any SoundCard {
        switch self {
        case .none: SilentCard(time: time)
        case .file(let input, let output, let loops): FileCard(input: input, output: output, loops: loops, time: time)
        case .alsa(let capture, let playback): ALSACard(capture: capture, playback: playback, levels: levels, time: time)
        }
    }

    public var description: String {
        switch self {
        case .none: "none"
        case .file(let input, let output, let loops): "file:\(input ?? ""),\(output ?? "")" + (loops ? ",loop" : "")
        case .alsa(let capture, let playback): capture == playback ? capture : "\(capture), \(playback)"
        }
    }
}
