import Testing

@testable import Board

@Suite("Sound card addresses")
struct SoundCardAddressTests {
    @Test(
        "The text says what kind of card it is, and comes back",
        arguments: [
            ("none", SoundCardAddress.none),
            ("file:in.wav,out.wav", .file(input: "in.wav", output: "out.wav", loops: false)),
            ("file:in.wav,out.wav,loop", .file(input: "in.wav", output: "out.wav", loops: true)),
            ("file:,out.wav", .file(input: nil, output: "out.wav", loops: false)),
            ("default", .alsa(capture: "default", playback: "default")),
            ("hw:CARD=Device,DEV=0", .alsa(capture: "hw:CARD=Device,DEV=0", playback: "hw:CARD=Device,DEV=0")),
        ])
    func parses(text: String, address: SoundCardAddress) {
        #expect(SoundCardAddress(text) == address)
        #expect(address.description == text)
        #expect(address == .none || address.makeCard().name == text)
    }

    @Test("Only an input file needs no comma")
    func inputOnly() {
        #expect(SoundCardAddress("file:in.wav") == .file(input: "in.wav", output: nil, loops: false))
    }
}
