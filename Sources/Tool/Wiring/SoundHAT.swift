import Configuration

/// A sound card that sits on the header, and the pins that it takes.
struct SoundHAT: Equatable {
    var name: String
    /// GPIO numbers.
    var pins: Set<Int>
    /// What goes where, for those that are no HAT but parts with wires.
    var wires: [String] = []

    private static let i2s: Set = [18, 19, 20, 21]
    private static let i2c: Set = [2, 3]

    /// By the card's id, which the kernel makes of the card's name.
    private static let known: [(id: String, hat: SoundHAT)] = [
        ("wm8960soundcard", SoundHAT(name: "WM8960 codec", pins: i2s.union(i2c))),
        (
            "i2svoice",
            SoundHAT(
                name: "I²S microphone and MAX98357A amplifier", pins: i2s.union([16]),
                wires: [
                    "Amplifier: BCLK to GPIO18, LRC to GPIO19, DIN to GPIO21, SD to GPIO16, VIN to 5V, GND to ground",
                    "Microphone: SCK to GPIO18, WS to GPIO19, SD to GPIO20, L/R to ground, VDD to 3V3, GND to ground",
                ])
        ),
        ("sndrpigooglevoi", SoundHAT(name: "Google Voice HAT", pins: i2s.union([16]))),
        ("seeed2micvoicec", SoundHAT(name: "ReSpeaker 2-Mics", pins: i2s.union(i2c))),
        ("sndrpihifiberry", SoundHAT(name: "HiFiBerry", pins: i2s.union(i2c))),
    ]

    /// The HAT behind an ALSA device such as `plughw:CARD=wm8960soundcard`, `nil` when it is none that is known.
    init?(device: String) {
        let words = device.split { $0 == ":" || $0 == "," || $0 == "=" }
        guard let match = Self.known.first(where: { card in words.contains { $0 == card.id } }) else { return nil }
        self = match.hat
    }

    private init(name: String, pins: Set<Int>, wires: [String] = []) {
        self.name = name
        self.pins = pins
        self.wires = wires
    }
}
