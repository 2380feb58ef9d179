import Base
import CGPIOLines
import Glibc
import Runtime

/// The lines of real GPIO chips, by the kernel's character devices and libgpiod, and PWM channels. Belongs to the Loop's thread.
///
/// Every line is requested by itself, so that an error names it; what several of them tell is told in the order of its times. After
/// each edge the level is read as well: when the kernel's queue of edges ran over, the last thing told is still the truth.
///
/// `@unchecked`: used on the Loop's thread only, where its watches call it; they must be Sendable.
public final class GPIOLines: Lines, @unchecked Sendable {
    private let loop: Loop
    private let directory: String
    private let pwm: PWMChips
    private let onFailure: @Sendable (LineError) -> Void
    private var handler: (@Sendable (LineEdge) -> Void)?
    private var lines: [String: Line] = [:]
    private var channels: [String: PWMChannel] = [:]

    private struct Line {
        var settings: LineSettings
        var handle: OpaquePointer
        var watch: Watch?
        var isActive: Bool
    }

    private struct Edge {
        var line: String
        var isActive: Bool
        var time: Instant
        var isDebounced: Bool
    }

    /// `onFailure` is told of a line that was requested and then was gone: a chip on USB that was pulled out.
    public init(
        loop: Loop, directory: String = "/dev", pwm: PWMChips = PWMChips(),
        onFailure: @escaping @Sendable (LineError) -> Void = { _ in }
    ) {
        self.loop = loop
        self.directory = directory
        self.pwm = pwm
        self.onFailure = onFailure
    }

    deinit {
        close()
    }

    public func onEdge(_ handler: @escaping @Sendable (LineEdge) -> Void) { self.handler = handler }

    public func add(_ line: LineSettings) throws(LineError) {
        guard lines[line.name] == nil, channels[line.name] == nil else { throw LineError(line: line.name, reason: .duplicate) }
        if case .pwm(let channel) = line.place {
            channels[line.name] = try pwm.open(channel, line)
        } else {
            try request(line)
        }
    }

    public func remove(_ line: String) {
        channels.removeValue(forKey: line)?.close()
        guard let line = lines.removeValue(forKey: line) else { return }
        line.watch?.cancel()
        gpio_line_release(line.handle)
    }

    public func set(_ line: String, level: Int) throws(LineError) {
        if let channel = channels[line] { return try channel.set(level) }
        guard let found = lines[line] else { throw LineError(line: line, reason: .unknown) }
        guard found.settings.direction == .output else { throw LineError(line: line, reason: .notAnOutput) }
        guard gpio_line_set(found.handle, level > 0) == 0 else { throw found.settings.error(.refused(code: errno)) }
    }

    public func isActive(_ line: String) throws(LineError) -> Bool {
        if let channel = channels[line] { return channel.level > 0 }
        guard let found = lines[line] else { throw LineError(line: line, reason: .unknown) }
        let value = gpio_line_value(found.handle)
        guard value >= 0 else { throw found.settings.error(.refused(code: errno)) }
        return value == 1
    }

    public func close() {
        for line in Array(lines.keys) + Array(channels.keys) { remove(line) }
        handler = nil
    }

    public func readEdges() {
        let watched = lines.filter { $0.value.watch != nil }
        var polls = watched.values.map { pollfd(fd: gpio_line_descriptor($0.handle), events: Int16(POLLIN), revents: 0) }
        guard poll(&polls, nfds_t(polls.count), 0) > 0 else { return }
        let ready = zip(watched, polls).filter { $0.1.revents != 0 }.map { $0.0 }
        var edges: [Edge] = []
        for (name, line) in ready { read(name, line.handle, &edges) }
        edges.sort { ($0.time, $0.line) < ($1.time, $1.line) }
        for edge in edges {
            tell(edge)
            // Whoever was told may have closed the lines.
            guard ready.allSatisfy({ lines[$0.key]?.handle == $0.value.handle }) else { return }
        }
        for (name, line) in ready {
            guard let known = lines[name], known.handle == line.handle, known.watch != nil else { continue }
            let value = gpio_line_value(line.handle)
            if value < 0 {
                fail(name, code: errno)
            } else if known.isActive != (value == 1) {
                let isDebounced = gpio_line_debounced(line.handle)
                tell(Edge(line: name, isActive: value == 1, time: loop.now, isDebounced: isDebounced))
            }
        }
    }
}

extension GPIOLines {
    private func request(_ settings: LineSettings) throws(LineError) {
        var failure = gpio_failure()
        guard let handle = request(settings, &failure) else { throw settings.error(failure) }
        var line = Line(settings: settings, handle: handle, watch: nil, isActive: false)
        let descriptor = gpio_line_descriptor(handle)
        if descriptor >= 0 {
            line.isActive = gpio_line_value(handle) == 1
            do throws(SystemError) {
                line.watch = try loop.watch(descriptor, for: .readable) { [weak self] _ in self?.readEdges() }
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
        case .pwm: return nil  // has another kind of chip
        }
        if let debounce = settings.kernelDebounce { wish.debounce = UInt32(clamping: debounce.nanoseconds / 1000) }
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

    /// Takes what waits on one line.
    private func read(_ name: String, _ handle: OpaquePointer, _ edges: inout [Edge]) {
        let isDebounced = gpio_line_debounced(handle)
        withUnsafeTemporaryAllocation(of: gpio_edge.self, capacity: Self.capacity) { buffer in
            while true {
                let count = gpio_line_read(handle, buffer.baseAddress, Int32(Self.capacity))
                guard count >= 0 else { return fail(name, code: errno) }
                for edge in buffer[..<Int(count)] {
                    let time = Instant(nanoseconds: edge.nanoseconds)
                    edges.append(Edge(line: name, isActive: edge.active, time: time, isDebounced: isDebounced))
                }
                if count < Self.capacity { return }
            }
        }
    }

    /// As many as the kernel keeps for one line.
    private static let capacity = 16

    private func tell(_ edge: Edge) {
        lines[edge.line]?.isActive = edge.isActive
        handler?(LineEdge(line: edge.line, active: edge.isActive, time: edge.time, isDebounced: edge.isDebounced))
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
