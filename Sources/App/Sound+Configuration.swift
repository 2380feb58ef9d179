import Board
import Configuration
import Media

extension VoiceSettings {
    init(_ sound: HouseConfiguration.Sound, ports: Int, seed: UInt64, timeBase: UInt64) {
        self.init()
        self.ports = ports
        self.seed = seed
        self.timeBase = timeBase
        echoTail = Int(sound.echoTails.first.milliseconds)
        longestEchoTail = Int(sound.echoTails.longest.milliseconds)
        noiseSuppression = sound.noiseSuppression
        automaticGain = sound.automaticGain
        highPass = sound.highPass
        microphoneGain = sound.microphoneGain
        loudspeakerGain = sound.loudspeakerGain
    }
}

extension VoiceSocketSettings {
    /// As many pairs as there may be calls: those that ring together and those that are refused need none.
    init(_ configuration: HouseConfiguration) {
        let range = configuration.sound.rtpPorts
        self.init(
            ports: .range(range.lower...max(range.lower, range.upper)), pairs: min(max(range.pairs.count, 1), 64),
            address: .anyIPv6)
    }
}
