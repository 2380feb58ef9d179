import Board
import Configuration

extension HouseConfiguration.Sound {
    /// The card that the configuration names, not yet opened.
    public func makeCard() -> any SoundCard {
        switch card {
        case .alsa(let capture, let playback):
            SoundCardAddress.alsa(capture: capture, playback: playback).makeCard(levels: levels)
        case .files(let input, let output, let loops):
            SoundCardAddress.file(input: input, output: output, loops: loops).makeCard()
        }
    }

    private var levels: [Board.MixerLevel] {
        mixer.sorted { $0.key < $1.key }.map { control, level in
            switch level {
            case .percent(let percent): Board.MixerLevel(control, .percent(percent))
            case .decibels(let level): Board.MixerLevel(control, .decibels(level))
            case .isOn(let isOn): Board.MixerLevel(control, .isOn(isOn))
            }
        }
    }
}
