import CALSA

/// How a card's samples lie in memory, all little-endian: in the order in which they are tried.
enum SampleFormat: CaseIterable {
    case s16
    case s32
    /// 24 bits in the lower bytes of four.
    case s24
    /// 24 bits in three bytes, as many USB cards have it.
    case s24Packed

    var alsa: snd_pcm_format_t {
        switch self {
        case .s16: SND_PCM_FORMAT_S16_LE
        case .s32: SND_PCM_FORMAT_S32_LE
        case .s24: SND_PCM_FORMAT_S24_LE
        case .s24Packed: SND_PCM_FORMAT_S24_3LE
        }
    }

    var bytesPerSample: Int {
        switch self {
        case .s16: 2
        case .s32, .s24: 4
        case .s24Packed: 3
        }
    }

    /// Interleaved frames as 16-bit mono: the mean of the first two channels, where there are two.
    func decode(_ raw: UnsafeRawPointer, frames: Int, channels: Int, into mono: UnsafeMutablePointer<Int16>) {
        if isOurs(channels) { return UnsafeMutableRawPointer(mono).copyMemory(from: raw, byteCount: frames * bytesPerSample) }
        let frameBytes = channels * bytesPerSample
        for frame in 0..<frames {
            let place = raw + frame * frameBytes
            var value = Int64(load(place))
            if channels > 1 { value = (value + Int64(load(place + bytesPerSample))) >> 1 }
            mono[frame] = Int16(clamping: (value + 0x8000) >> 16)
        }
    }

    /// 16-bit mono as interleaved frames, the same on every channel.
    func encode(_ mono: UnsafePointer<Int16>, frames: Int, channels: Int, into raw: UnsafeMutableRawPointer) {
        if isOurs(channels) { return raw.copyMemory(from: mono, byteCount: frames * bytesPerSample) }
        var place = raw
        for frame in 0..<frames {
            for _ in 0..<channels {
                store(mono[frame], place)
                place += bytesPerSample
            }
        }
    }

    /// Nothing is to be converted.
    private func isOurs(_ channels: Int) -> Bool { self == .s16 && channels == 1 }

    /// One sample at the full scale of 32 bits.
    @inline(__always)
    private func load(_ place: UnsafeRawPointer) -> Int32 {
        switch self {
        case .s16: Int32(place.loadUnaligned(as: Int16.self)) << 16
        case .s32: place.loadUnaligned(as: Int32.self)
        case .s24: place.loadUnaligned(as: Int32.self) << 8
        case .s24Packed:
            Int32(place.load(as: UInt8.self)) << 8 | Int32(place.load(fromByteOffset: 1, as: UInt8.self)) << 16
                | Int32(place.load(fromByteOffset: 2, as: Int8.self)) << 24
        }
    }

    @inline(__always)
    private func store(_ sample: Int16, _ place: UnsafeMutableRawPointer) {
        switch self {
        case .s16: place.storeBytes(of: sample, as: Int16.self)
        case .s32: place.storeBytes(of: Int32(sample) << 16, as: Int32.self)
        case .s24: place.storeBytes(of: Int32(sample) << 8, as: Int32.self)
        case .s24Packed:
            place.storeBytes(of: 0, as: UInt8.self)
            place.storeBytes(of: UInt8(truncatingIfNeeded: sample), toByteOffset: 1, as: UInt8.self)
            place.storeBytes(of: UInt8(truncatingIfNeeded: sample >> 8), toByteOffset: 2, as: UInt8.self)
        }
    }
}
