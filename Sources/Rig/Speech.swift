import Foundation

/// Two people's speech for the calls, at 8 kHz and without long pauses, each saying something else.
public struct Speech {
    public enum Person: String, CaseIterable, Sendable {
        /// The third voice is music on hold, an announcement or a third party.
        case visitor, resident, third

        /// Names of Asterisk's recorded sentences in the order in which they are said.
        fileprivate var sentences: [String] {
            switch self {
            case .visitor: ["demo-instruct", "demo-echotest", "demo-moreinfo"]
            case .resident:
                ["demo-congrats", "basic-pbx-ivr-main", "priv-callee-options", "demo-abouttotry", "conf-adminmenu-18"]
            case .third:
                ["conf-adminmenu-162", "screen-callee-options", "vm-options", "vm-msginstruct", "dir-intro", "demo-nogo"]
            }
        }

        fileprivate var text: String {
            switch self {
            case .visitor:
                """
                Good morning. I have a parcel for the third floor, and it is rather heavy. Could somebody please open the door? \
                The name on the label is hard to read, because it has been raining all the way from the depot. \
                I can also leave it with a neighbour, if that is easier for you. There are two more vans waiting behind me.
                """
            case .resident:
                """
                Hello, this is apartment seven. I was just about to leave for the market, but I can wait for a minute. \
                Please take the stairs on the left side, the lift has been out of order since yesterday evening. \
                Put it down in front of the green door, next to the plants, and thank you very much for coming so early.
                """
            case .third:
                """
                This is the exchange of the house. All our colleagues are on the roof at this moment, looking at the weather. \
                Your call will be taken in the order in which it arrived, which was a little after ten o'clock. \
                Meanwhile, listen to the story of a lamp that wanted to be a lighthouse, and of the sailors who believed it.
                """
            }
        }
    }

    public static let package = "asterisk-core-sounds-en-wav"
    public static let rate = 8_000

    /// Says enough to fill `seconds`, from recorded sentences, or spoken by espeak-ng when those are not installed.
    public static func of(_ person: Person, atLeast seconds: Double) throws -> WAV {
        let once = try recorded(person) ?? spoken(person)
        guard once.seconds > 10 else { throw RigError("the \(person) has too little to say") }
        var samples = once.samples
        while Double(samples.count) < seconds * Double(rate) { samples += once.samples }
        return WAV(rate: rate, samples: samples)
    }

    private static func recorded(_ person: Person) throws -> WAV? {
        guard let listing = try? Command.run("dpkg", ["-L", package]), listing.code == 0 else { return nil }
        let files = listing.output.split(separator: "\n").map(String.init)
        var samples: [Int16] = []
        for sentence in person.sentences {
            guard let file = files.first(where: { $0.hasSuffix("/\(sentence).wav") }) else { return nil }
            samples += tightened(try WAV(path: file).resampled(to: rate)).samples
        }
        return WAV(rate: rate, samples: samples)
    }

    private static func spoken(_ person: Person) throws -> WAV {
        let scratch = try Scratch("speech")
        let file = scratch.file("speech.wav")
        let voice = person == .visitor ? "en-us+m3" : person == .resident ? "en-gb+f2" : "en-gb+m5"
        let command = try Command.run("espeak-ng", ["-v", voice, "-w", file, person.text])
        guard command.code == 0 else { throw RigError("neither \(package) nor espeak-ng is installed") }
        return tightened(try WAV(path: file).resampled(to: rate))
    }

    /// Cuts pauses down to a fifth of a second, so that every second has something in it.
    private static func tightened(_ speech: WAV) -> WAV {
        let block = rate / 50
        var (samples, pause): ([Int16], Int) = ([], 0)
        for start in stride(from: 0, to: speech.samples.count - block, by: block) {
            let piece = WAV(rate: rate, samples: Array(speech.samples[start..<start + block]))
            pause = piece.level < 100 ? pause + 1 : 0
            if pause <= 10 { samples += piece.samples }
        }
        return WAV(rate: rate, samples: samples)
    }
}
