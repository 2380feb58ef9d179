import CALSA
import Glibc
import Synchronization

/// Sets a card's mixer by ALSA's simple mixer interface. What cannot be set is told, and everything else is set all the same.
final class ALSAMixer: Sendable {
    private let devices: [String]
    private let levels: [MixerLevel]
    private let found = Mutex<[String]>([])

    /// `devices` are the sound card's, as its streams are opened; a control is looked for in one after the other.
    init(devices: [String], _ levels: [MixerLevel]) {
        self.devices = devices
        self.levels = levels
    }

    /// What was wrong when the levels were set last, for people.
    var problems: [String] { found.withLock { $0 } }

    func apply() {
        calsa_be_quiet()
        var problems: [String] = []
        var mixers: [OpenMixer] = []
        var tried: [String] = []
        for name in devices.map(Self.mixerName) where !tried.contains(name) {
            tried.append(name)
            do throws(Failure) {
                mixers.append(try OpenMixer(name))
            } catch {
                problems.append("the mixer of \(name) cannot be used: \(errorText(-error.code))")
            }
        }
        for level in mixers.isEmpty ? [] : levels { problems += Self.set(level, in: mixers).map { [$0] } ?? [] }
        found.withLock { $0 = problems }
    }

    /// The control interface's name for a stream's device: of a card its card alone, otherwise the same.
    static func mixerName(of device: String) -> String {
        let parts = device.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, ["hw", "plughw", "sysdefault", "front", "dsnoop", "dmix"].contains(parts[0]),
            let card = parts[1].split(separator: ",").first
        else { return parts.first == "file" ? "default" : device }
        return "hw:" + (card.hasPrefix("CARD=") ? card : "CARD=" + card)
    }

    struct Failure: Error {
        var code: Int32
    }

    /// Returns what is wrong.
    private static func set(_ level: MixerLevel, in mixers: [OpenMixer]) -> String? {
        for mixer in mixers {
            guard let (control, direction) = mixer.control(level.control) else { continue }
            return mixer.set(control, direction, level.value).map { "the mixer's control \"\(level.control)\" \($0)" }
        }
        let known = mixers.flatMap(\.names).joined(separator: ", ")
        return "the mixer has no control \"\(level.control)\"; it has \(known.isEmpty ? "none" : known)"
    }
}

/// A mixer whose controls are loaded.
private final class OpenMixer {
    enum Direction { case playback, capture }

    private let mixer: OpaquePointer
    private var controls: [(name: String, element: OpaquePointer)] = []

    init(_ name: String) throws(ALSAMixer.Failure) {
        var opened: OpaquePointer?
        let code = snd_mixer_open(&opened, 0)
        guard code >= 0, let opened else { throw ALSAMixer.Failure(code: code) }
        mixer = opened
        for step in [
            { snd_mixer_attach(opened, name) }, { snd_mixer_selem_register(opened, nil, nil) }, { snd_mixer_load(opened) },
        ] {
            let code = step()
            if code < 0 { throw ALSAMixer.Failure(code: code) }
        }
        var element = snd_mixer_first_elem(mixer)
        while let current = element {
            if let text = snd_mixer_selem_get_name(current) {
                let index = snd_mixer_selem_get_index(current)
                controls.append((String(cString: text) + (index > 0 ? ",\(index)" : ""), current))
            }
            element = snd_mixer_elem_next(current)
        }
    }

    deinit {
        snd_mixer_close(mixer)
    }

    var names: [String] { controls.map(\.name) }

    /// A name that stands there so; or one with the direction behind it. What can record is meant to, unless it is said.
    func control(_ name: String) -> (OpaquePointer, Direction)? {
        func element(_ name: String) -> OpaquePointer? { controls.first { $0.name == name }?.element }
        if let element = element(name) {
            let captures = snd_mixer_selem_has_capture_volume(element) != 0 || snd_mixer_selem_has_capture_switch(element) != 0
            return (element, captures ? .capture : .playback)
        }
        for (suffix, direction) in [(" Playback", Direction.playback), (" Capture", .capture)] where name.hasSuffix(suffix) {
            if let element = element(String(name.dropLast(suffix.count))) { return (element, direction) }
        }
        return nil
    }

    /// Returns what is wrong. A level also switches the control on: who gives one wants to hear it.
    func set(_ element: OpaquePointer, _ direction: Direction, _ value: MixerLevel.Value) -> String? {
        let isCapture = direction == .capture
        let hasVolume =
            (isCapture ? snd_mixer_selem_has_capture_volume(element) : snd_mixer_selem_has_playback_volume(element)) != 0
        let hasSwitch =
            (isCapture ? snd_mixer_selem_has_capture_switch(element) : snd_mixer_selem_has_playback_switch(element)) != 0
        var code: Int32 = 0
        switch value {
        case .isOn(let isOn):
            guard hasSwitch else { return "cannot be switched\(hasVolume ? ": it has a level" : "")" }
            code = setSwitch(element, isCapture, isOn)
        case .percent(let percent):
            guard hasVolume else { return "has no level\(hasSwitch ? ": it is on or off" : "")" }
            var (least, most) = (0, 0)
            if isCapture {
                snd_mixer_selem_get_capture_volume_range(element, &least, &most)
            } else {
                snd_mixer_selem_get_playback_volume_range(element, &least, &most)
            }
            let raw = Int((Double(least) + Double(most - least) * Double(percent) / 100).rounded())
            code =
                isCapture
                ? snd_mixer_selem_set_capture_volume_all(element, raw) : snd_mixer_selem_set_playback_volume_all(element, raw)
            if code >= 0, hasSwitch { code = setSwitch(element, isCapture, true) }
        case .decibels(let level):
            guard hasVolume else { return "has no level\(hasSwitch ? ": it is on or off" : "")" }
            let hundredths = Int((level * 100).rounded())
            code =
                isCapture
                ? snd_mixer_selem_set_capture_dB_all(element, hundredths, 0)
                : snd_mixer_selem_set_playback_dB_all(element, hundredths, 0)
            if code < 0 { return "has no scale in dB: give a percentage" }
            if hasSwitch { code = setSwitch(element, isCapture, true) }
        }
        return code < 0 ? "cannot be set: \(errorText(-code))" : nil
    }

    private func setSwitch(_ element: OpaquePointer, _ isCapture: Bool, _ isOn: Bool) -> Int32 {
        isCapture
            ? snd_mixer_selem_set_capture_switch_all(element, isOn ? 1 : 0)
            : snd_mixer_selem_set_playback_switch_all(element, isOn ? 1 : 0)
    }
}
