import Glibc

/// Writes mono samples to a WAV file in large pieces; the header on disk never promises more than there is.
final class WAVWriter {
    private let descriptor: Int32
    private var header: WAVHeader
    private let buffer: UnsafeMutableBufferPointer<Int16>
    private var buffered = 0
    private(set) var failure: SoundCardError?

    /// Creates the file or empties it. `capacity` samples are gathered before they are written.
    init(path: String, sampleRate: Int, capacity: Int) throws(SoundCardError) {
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        header = WAVHeader(sampleRate: sampleRate, dataSize: 0)
        buffer = .allocate(capacity: max(capacity, 1))
        buffer.initialize(repeating: 0)
        guard descriptor >= 0 else { throw .failed(.openOutput, code: errno) }
        writeHeader()
        if let failure { throw failure }
    }

    deinit {
        if descriptor >= 0 {
            flush()
            Glibc.close(descriptor)
        }
        buffer.deallocate()
    }

    func append(_ samples: UnsafeBufferPointer<Int16>) {
        for sample in samples {
            buffer[buffered] = sample.littleEndian
            buffered += 1
            if buffered == buffer.count { flush() }
        }
    }

    /// Brings file and header up to date.
    func flush() {
        guard buffered > 0, failure == nil, let dataSize = header.dataSize else { return }
        let size = buffered * 2
        buffered = 0
        // Beyond this the header could not say how long the file is.
        guard dataSize + size <= Int(Int32.max) else { return }
        let written = pwrite(descriptor, buffer.baseAddress, size, .init(header.dataOffset + dataSize))
        guard written == size else { return fail(written) }
        header.dataSize = dataSize + size
        writeHeader()
    }

    private func writeHeader() {
        withUnsafeTemporaryAllocation(byteCount: WAVHeader.size, alignment: 8) { bytes in
            header.write(to: bytes)
            let written = pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
            if written != bytes.count { fail(written) }
        }
    }

    private func fail(_ written: Int) {
        failure = .failed(.writeOutput, code: written < 0 ? errno : ENOSPC)
    }
}
