import Base

extension OpusParameters {
    /// Reads the parameters after `a=fmtp:96 `; what is unknown, missing or out of its range is as if it were not there.
    public init(parsing text: String) {
        self.init()
        for part in text.split(separator: ";") {
            let (name, value) = String(part).cut(at: "=")
            guard let number = value.flatMap({ Int($0.filter { $0 != " " }) }) else { continue }
            switch name.filter({ $0 != " " }).lowercased() {
            case "maxaveragebitrate" where (6_000...510_000).contains(number): maximumAverageBitRate = number
            case "maxplaybackrate" where number >= 8_000: maximumPlaybackRate = min(number, 48_000)
            case "minptime" where (3...120).contains(number): minimumPacketTime = .milliseconds(number)
            case "useinbandfec": usesFEC = number == 1
            case "usedtx": usesDTX = number == 1
            case "cbr": isConstantBitRate = number == 1
            default: break
            }
        }
    }

    /// What stands after `a=fmtp:96 `: RFC 7587 §6.1. As short as it can be, because an INVITE must fit into a datagram.
    public var text: String {
        var parts = ["maxplaybackrate=\(maximumPlaybackRate)"]
        if let maximumAverageBitRate { parts.append("maxaveragebitrate=\(maximumAverageBitRate)") }
        if minimumPacketTime != Self().minimumPacketTime { parts.append("minptime=\(minimumPacketTime.milliseconds)") }
        parts.append("useinbandfec=\(usesFEC ? 1 : 0)")
        if usesDTX { parts.append("usedtx=1") }
        if isConstantBitRate { parts.append("cbr=1") }
        return parts.joined(separator: ";")
    }
}
