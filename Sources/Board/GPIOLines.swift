import Base
import CGPIOLines
import Glibc
import Runtime

/// The lines of real GPIO chips, by the kernel's character devices and libgpiod. Belongs to the Loop's thread.
///
/// Every line is requested by itself, so that an error names it. After each edge the level is read as well: when the
/// kernel's queue of edges ran over, the last thing told is still the truth.
///
/// `@unchecked`: used on the Loop's thread only, where its watches call it; they must be Sendable.
public final class GPIOLines: Lines, @unchecked Sendable {
    private let loop: Loop
    private let directory: String
    private let onFailure: @Sendable (LineError) -> Void
    private var onEdge: (@Sendable (LineEdge) -> Void)?
    private var lines: [String: Line] = [:]

    private struct Line {
        var settings: LineSettings
        var handle: OpaquePointer
        var watch: Watch?
        var isActive: Bool
    }

    /// `onFailure` is told of a line that was requested and then was gone: a chip on USB that was pulled out.
    public init(loop: Loop, directory: String = "/dev", onFailure: @escaping @Sendable (LineError) -> Void = { _ in }) {
        self.loop = loop
        self.directory = directory
        self.onFailure = onFailure
    }

    deinit {
        close()
    }

    public func open(_ settings: [LineSettings], onEdge: @escaping @Sendable (LineEdge) -> Void) throws(LineError) {
        close()
        self.onEdge = onEdge
        do throws(LineError) {
            for line in settings {
                guard lines[line.name] == nil else { throw LineError(line: line.name, reason: .duplicate) }
                try open(line)
            }
        } catch {
            close()
            throw error
        }
    }

    public func set(_ line: String, active: Bool) throws(LineError) {
        guard let found = lines[line] else { throw LineError(line: line, reason: .unknown) }
        guard found.settings.direction == .output else { throw LineError(line: line, reason: .notAnOutput) }
        guard gpio_line_set(found.handle, active) == 0 else { throw found.settings.error(.refused(code: errno)) }
    }

    public func isActive(_ line: String) throws(LineError) -> Bool {
        guard let found = lines[line] else { throw LineError(line: line, reason: .unknown) }
        let value = gpio_line_value(found.handle)
        guard value >= 0 else { throw found.settings.error(.refused(code: errno)) }
        return value == 1
    }

    public func close() {
        for line in lines.values {
            line.watch?.cancel()
            gpio_line_release(line.handle)
        }
        lines = [:]
        onEdge = nil
    }
}

extension GPIOLines {
    private func open(_ settings: LineSettings) throws(LineError) {
        var failure = gpio_failure()
        guard let handle = request(settings, &failure) else { throw settings.error(failure) }
        var line = Line(settings: settings, handle: handle, watch: nil, isActive: false)
        let descriptor = gpio_line_descriptor(handle)
        if descriptor >= 0 {
            line.isActive = gpio_line_value(handle) == 1
            let name = settings.name
            do throws(SystemError) {
                line.watch = try loop.watch(descriptor, for: .readable) { [weak self] _ in self?.readEdges(name) }
            } catch {
                gpio_line_release(handle)
                throw settings.error(.refused(code: error.code))
            }
        }
        lines[settings.name] = line
    }

    private func request(_ settings: LineSettings, _ failure: inout gpio_failure) -> OpaquePointer? {
        var wish = gpio_wish()
        wish.output = settings.direction == .output
        wish.active_low = settings.isActiveLow
        wish.bias =
            switch settings.bias {
            case .asIs: gpio_bias_as_is
            case .disabled: gpio_bias_disabled
            case .pullUp: gpio_bias_pull_up
            case .pullDown: gpio_bias_pull_down
            }
        wish.drive =
            switch settings.drive {
            case .pushPull: gpio_drive_push_pull
            case .openDrain: gpio_drive_open_drain
            case .openSource: gpio_drive_open_source
            }
        var name: String?
        switch settings.place {
        case .name(let text): name = text
        case .offset(let number): wish.offset = number
        }
        // A closure for each text that C borrows; `nil` stays NULL.
        return directory.withCString { directory in
            withOptionalCString(settings.chip) { chip in
                withOptionalCString(name) { name in
                    wish.directory = directory
                    wish.chip = chip
                    wish.name = name
                    return gpio_line_request(&wish, &failure)
                }
            }
        }
    }

    private func readEdges(_ name: String) {
        guard let handle = lines[name]?.handle else { return }
        let capacity = 16
        withUnsafeTemporaryAllocation(of: gpio_edge.self, capacity: capacity) { edges in
            while true {
                let count = gpio_line_read(handle, edges.baseAddress, Int32(capacity))
                guard count >= 0 else { return fail(name, code: errno) }
                for edge in edges[..<Int(count)] { tell(name, edge.active, Instant(nanoseconds: edge.nanoseconds)) }
                // Whoever was told may have closed the lines.
                guard lines[name]?.handle == handle else { return }
                if count < capacity { break }
            }
            let value = gpio_line_value(handle)
            guard value >= 0 else { return fail(name, code: errno) }
            if lines[name]?.isActive != (value == 1) { tell(name, value == 1, loop.now) }
        }
    }

    private func tell(_ name: String, _ isActive: Bool, _ time: Instant) {
        lines[name]?.isActive = isActive
        onEdge?(LineEdge(line: name, active: isActive, time: time))
    }

    private func fail(_ name: String, code: Int32) {
        // Watching on would spin: a descriptor in error is always readable.
        lines[name]?.watch?.cancel()
        lines[name]?.watch = nil
        if let settings = lines[name]?.settings { onFailure(settings.error(.refused(code: code))) }
    }
}

private func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString(body)
}

extension LineSettings {
    fileprivate func error(_ reason: LineError.Reason) -> LineError {
        LineError(line: name, chip: chip, place: place, reason: reason)
    }

    fileprivate func error(_ failure: gpio_failure) -> LineError {
        let found = text(failure.chip)
        let reason: LineError.Reason =
            switch failure.stage {
            case gpio_stage_no_chips: .noChips(code: failure.code)
            case gpio_stage_find_chip: .chipNotFound
            case gpio_stage_open_chip: .chipNotOpened(code: failure.code)
            case gpio_stage_find_line: .lineNotFound
            default: failure.code == EBUSY ? .busy(consumer: text(failure.consumer)) : .refused(code: failure.code)
            }
        return LineError(line: name, chip: found.isEmpty ? chip : found, place: place, reason: reason)
    }

    private func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
