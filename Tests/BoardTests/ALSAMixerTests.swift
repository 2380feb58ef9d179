import Testing

@testable import Board

@Suite("The card's mixer")
struct ALSAMixerTests {
    @Test(
        "The mixer is the card's, whatever its streams are opened as",
        arguments: [
            ("plughw:CARD=Device,DEV=0", "hw:CARD=Device"), ("hw:Device", "hw:CARD=Device"), ("default", "default"),
            ("pulse", "pulse"), ("dsnoop:CARD=Mic", "hw:CARD=Mic"), ("file:FILE=x,FORMAT=raw", "default"),
        ])
    func name(device: String, mixer: String) {
        #expect(ALSAMixer.mixerName(of: device) == mixer)
    }

    @Test("A card that is not there is said once for each mixer, and nothing is set")
    func absent() {
        let mixer = ALSAMixer(
            devices: ["plughw:CARD=Nobody", "hw:CARD=Nobody,DEV=1", "hw:CARD=Noone"],
            [MixerLevel("Speaker", .percent(80)), MixerLevel("Mic", .isOn(true))])
        mixer.apply()
        #expect(mixer.problems.count == 2)
        #expect(mixer.problems.first == "the mixer of hw:CARD=Nobody cannot be used: No such device")
        #expect(mixer.problems.last == "the mixer of hw:CARD=Noone cannot be used: No such device")
    }
}
