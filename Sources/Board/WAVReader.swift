import Glibc

/// Reads a WAV file's samples in order, as mono. Opening allocates, reading does not.
final class WAVReader {
    let header: WAVHeader
    private let descriptor: Int32
    private let end: Int
    private var position: Int
    /// Bytes of the file as they are on disk; interleaved when stereo.
    private let buffer: UnsafeMutableRawBufferPointer
    private var buffered = 0..<0
    private(set) var failure: SoundCardError?

    init(path: String) throws(SoundCardError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed(.openInput, code: errno) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        var opened = false
        defer {
            if !opened {
                buffer.deallocate()
                Glibc.close(descriptor)
            }
        }
        let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
        guard count >= 0 else { throw .failed(.readInput, code: errno) }
        let start = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        let header: WAVHeader
        do throws(WAVError) { header = try WAVHeader(parsing: start) } catch { throw .format(error) }
        let fileSize = Int(lseek(descriptor, 0, SEEK_END))
        let claimed = header.dataSize.map { min($0, fileSize - header.dataOffset) } ?? fileSize - header.dataOffset
        let frame = header.channels * 2
        self.header = header
        self.descriptor = descriptor
        self.buffer = buffer
        position = header.dataOffset
        end = header.dataOffset + max(claimed, 0) / frame * frame
        opened = true
    }

    deinit {
        buffer.deallocate()
        Glibc.close(descriptor)
    }

    var isAtEnd: Bool { position == end && buffered.isEmpty }

    func rewind() {
        position = header.dataOffset
        buffered = 0..<0
    }

    /// Fills `samples` from the file; how many there were. Stereo is averaged to mono.
    func read(into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
        var count = 0
        let frame = header.channels * 2
        while count < samples.count {
            if buffered.isEmpty, !fill() { break }
            let frames = min(samples.count - count, buffered.count / frame)
            for index in 0..<frames {
                let offset = buffered.lowerBound + index * frame
                if frame == 2 {
                    samples[count + index] = sample(at: offset)
                } else {
                    samples[count + index] = Int16((Int32(sample(at: offset)) + Int32(sample(at: offset + 2))) >> 1)
                }
            }
            buffered = buffered.lowerBound + frames * frame..<buffered.upperBound
            count += frames
        }
        return count
    }

    private func sample(at offset: Int) -> Int16 {
        Int16(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: Int16.self))
    }

    private func fill() -> Bool {
        guard failure == nil, position < end else { return false }
        let frame = header.channels * 2
        let read = pread(descriptor, buffer.baseAddress, min(buffer.count, end - position), .init(position))
        guard read >= frame else {
            failure = .failed(.readInput, code: read < 0 ? errno : EIO)
            return false
        }
        let whole = read / frame * frame
        position += whole
        buffered = 0..<whole
        return true
    }
}
