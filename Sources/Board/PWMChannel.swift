import Base
import Glibc

/// The kernel's PWM chips, by their files in sysfs.
public struct PWMChips: Sendable {
    private let directory: String
    private let wait: @Sendable () -> Void

    /// `wait` lets udev do its work between two looks at a channel that was just asked for: 10 ms.
    public init(directory: String = "/sys/class/pwm", wait: @escaping @Sendable () -> Void = { usleep(10_000) }) {
        self.directory = directory
        self.wait = wait
    }

    /// A second: udev gives a new channel's files to the group gpio some time after the kernel has made them.
    private static let looks = 100

    /// Takes a channel, dark.
    func open(_ channel: UInt32, _ line: LineSettings) throws(LineError) -> PWMChannel {
        let chip = try find(line)
        let count = Int(PWMChannel.read(chip + "/npwm") ?? 0)
        guard channel < count else { throw line.failed(.channelNotFound(count: count)) }
        let folder = "\(chip)/pwm\(channel)"
        // One that is there already was left by a process that was killed, or is somebody's who uses this way, too.
        if access(folder, F_OK) != 0 {
            let code = PWMChannel.write("\(channel)", to: chip + "/export")
            guard code == 0 else { throw line.failed(code, chip + "/export") }
        }
        let files = ["period", "duty_cycle", "polarity", "enable"].map { "\(folder)/\($0)" }
        for _ in 0..<Self.looks where files.contains(where: { access($0, W_OK) != 0 }) { wait() }
        for file in files where access(file, W_OK) != 0 { throw line.failed(errno, file) }
        return try PWMChannel(folder, chip: chip, channel: channel, line)
    }

    /// The folder of the chip of that name, or whose device has it.
    private func find(_ line: LineSettings) throws(LineError) -> String {
        guard let all = opendir(directory) else { throw line.failed(.noChips(code: errno)) }
        defer { closedir(all) }
        var names: [String] = []
        while let entry = readdir(all) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name.hasPrefix("pwmchip") { names.append(name) }
        }
        guard !names.isEmpty else { throw line.failed(.noChips(code: ENODEV)) }
        let found = names.sorted().first { $0 == line.chip } ?? names.sorted().first { device(of: $0) == line.chip }
        guard let found else { throw line.failed(.chipNotFound) }
        return "\(directory)/\(found)"
    }

    private func device(of chip: String) -> String? {
        guard let path = realpath("\(directory)/\(chip)/device", nil) else { return nil }
        defer { free(path) }
        return String(cString: path).split(separator: "/").last.map(String.init)
    }
}

/// A channel of a PWM chip: an output that is active for a part of the time. Dark when it is taken and when it is given back.
///
/// A process that is killed leaves it as it is: the kernel knows no owner of these files. The next one darkens it.
final class PWMChannel {
    private let folder: String
    private let chip: String
    private let channel: UInt32
    private let settings: LineSettings
    private let period: Int64
    /// In percent.
    private(set) var level = 0

    fileprivate init(_ folder: String, chip: String, channel: UInt32, _ settings: LineSettings) throws(LineError) {
        (self.folder, self.chip, self.channel, self.settings) = (folder, chip, channel, settings)
        period = 1_000_000_000 / Int64(max(1, settings.frequency))
        // The kernel refuses a duty cycle before there is a period, one longer than the period, and another polarity while enabled.
        if Self.read(folder + "/period") ?? 0 > 0 { try put("0", "duty_cycle") }
        if Self.read(folder + "/enable") ?? 0 != 0 { try put("0", "enable") }
        try put("\(period)", "period")
        let polarity = settings.isActiveLow ? "inversed" : "normal"
        if Self.text(folder + "/polarity") != polarity { try put(polarity, "polarity") }
        try put("0", "duty_cycle")
        // Only now: what a disabled channel's pin does is the chip's choice, and of an inverted one it often is light.
        try put("1", "enable")
    }

    func set(_ level: Int) throws(LineError) {
        try put("\(Self.duty(level, of: period))", "duty_cycle")
        self.level = level
    }

    func close() {
        _ = Self.write("0", to: folder + "/duty_cycle")
        // An inverted one stays enabled, or its lamp would be lit.
        if !settings.isActiveLow { _ = Self.write("0", to: folder + "/enable") }
        _ = Self.write("\(channel)", to: chip + "/unexport")
    }

    /// How long an output is active in each period to look so bright: lightness to luminance, CIE 15 (1976 L*).
    static func duty(_ percent: Int, of period: Int64) -> Int64 {
        let lightness = Double(min(max(percent, 0), 100))
        let root = (lightness + 16) / 116
        let luminance = lightness <= 8 ? lightness / 903.3 : root * root * root
        return Int64((luminance * Double(period)).rounded())
    }

    private func put(_ text: String, _ file: String) throws(LineError) {
        let code = Self.write(text, to: "\(folder)/\(file)")
        guard code == 0 else { throw settings.failed(code, "\(folder)/\(file)") }
    }
}

// MARK: - Files of one line

extension PWMChannel {
    /// 0, or what stood in the way.
    fileprivate static func write(_ text: String, to path: String) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { Glibc.close(descriptor) }
        let count = Glibc.write(descriptor, text, text.utf8.count)
        return count == text.utf8.count ? 0 : count < 0 ? errno : EIO
    }

    fileprivate static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { return nil }
        return String(decoding: bytes[..<count].prefix { $0 > 32 }, as: UTF8.self)
    }

    fileprivate static func read(_ path: String) -> Int64? { text(path).flatMap { Int64($0) } }
}

extension LineSettings {
    fileprivate func failed(_ reason: LineError.Reason) -> LineError {
        LineError(line: name, chip: chip, place: place, reason: reason)
    }

    fileprivate func failed(_ code: Int32, _ path: String) -> LineError {
        switch code {
        case EACCES, EPERM, EROFS: failed(.notPermitted(path: path))
        case EBUSY: failed(.busy(consumer: ""))
        default: failed(.refused(code: code))
        }
    }
}
