import Foundation

/// Keys as a telephone sends them in the speech: ITU-T Q.23.
struct KeyTones {
    var rate: Int
    /// How long each tone lasts, and the silence behind it.
    var milliseconds = 80
    var pause = 60
    /// Of each of the two tones, as a fraction of full scale.
    var level = 0.1
    /// By how many dB the higher tone is louder.
    var twist = 0.0
    /// By which factor both frequencies are wrong.
    var detuning = 1.0

    private static let rows = [697.0, 770, 852, 941]
    private static let columns = [1209.0, 1336, 1477, 1633]
    private static let pad = ["123A", "456B", "789C", "*0#D"].map(Array.init)

    func callAsFunction(_ keys: String) -> [Int16] { keys.flatMap(key) }

    private func key(_ key: Character) -> [Int16] {
        let row = Self.pad.firstIndex { $0.contains(key) } ?? 0
        let column = Self.pad[row].firstIndex(of: key) ?? 0
        let sounding = (0..<rate * milliseconds / 1_000).map { index in
            let time = 2 * Double.pi * detuning * Double(index) / Double(rate)
            let wave = sin(Self.rows[row] * time) + sin(Self.columns[column] * time) * pow(10, twist / 20)
            return Int16(clamping: Int(wave * level * 32_767))
        }
        return sounding + [Int16](repeating: 0, count: rate * pause / 1_000)
    }
}
