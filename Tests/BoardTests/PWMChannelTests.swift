import Base
import Glibc
import Runtime
import Synchronization
import Testing

@testable import Board

/// The kernel's files for two PWM chips, in a folder; a channel's own files come when the test makes them.
private final class FakePWM: Sendable {
    let folder: TemporaryFolder
    /// What happens while a channel's files are waited for, one thing each time.
    private let later = Mutex<[@Sendable () -> Void]>([])
    private let waits = Mutex(0)

    init() throws {
        folder = try TemporaryFolder()
        for (chip, device) in [("pwmchip0", "fe20c000.pwm"), ("pwmchip2", "1f00098000.pwm")] {
            mkdir(folder.file(chip), 0o700)
            mkdir(folder.file(device), 0o700)
            symlink(folder.file(device), folder.file(chip + "/device"))
            try write("2\n", "\(chip)/npwm")
            try write("", "\(chip)/export")
            try write("", "\(chip)/unexport")
        }
    }

    func write(_ text: String, _ file: String) throws { try folder.write(Array(text.utf8), to: file) }

    func read(_ file: String) -> String {
        guard let found = try? Files.read(folder.file(file)) else { return "" }
        return String(decoding: found.bytes.prefix { $0 > 32 }, as: UTF8.self)
    }

    /// A channel as the kernel makes it, or as a process left it.
    func make(_ channel: String, period: Int = 0, duty: Int = 0, enable: Int = 0, polarity: String = "normal") {
        mkdir(folder.file(channel), 0o700)
        for (file, text) in [
            ("period", "\(period)"), ("duty_cycle", "\(duty)"), ("enable", "\(enable)"), ("polarity", polarity),
        ] { try? write(text + "\n", "\(channel)/\(file)") }
    }

    func whileWaiting(_ happens: @escaping @Sendable () -> Void) { later.withLock { $0.append(happens) } }

    var waited: Int { waits.withLock { $0 } }

    var chips: PWMChips {
        PWMChips(directory: folder.path) { [self] in
            waits.withLock { $0 += 1 }
            later.withLock { $0.isEmpty ? nil : $0.removeFirst() }?()
        }
    }
}

private func line(_ channel: UInt32 = 1, chip: String = "pwmchip0", activeLow: Bool = false) -> LineSettings {
    LineSettings(
        name: "lamp", chip: chip, place: .pwm(channel), direction: .output, isActiveLow: activeLow, frequency: 2000)
}

@Suite("A PWM channel")
struct PWMChannelTests {
    private let fake: FakePWM
    private let lines: GPIOLines

    init() throws {
        fake = try FakePWM()
        lines = GPIOLines(loop: Loop(reactor: VirtualReactor()), directory: fake.folder.path, pwm: fake.chips)
    }

    private func error(_ settings: LineSettings) -> LineError? {
        do throws(LineError) {
            try lines.add(settings)
            return nil
        } catch {
            return error
        }
    }

    @Test("It is asked for, is dark from the start, as bright as told, and dark and given back in the end")
    func life() throws {
        fake.whileWaiting {}
        fake.whileWaiting { [fake] in fake.make("pwmchip0/pwm1") }
        try lines.add(line())
        #expect(fake.waited == 2)
        #expect(fake.read("pwmchip0/export") == "1")
        #expect(fake.read("pwmchip0/pwm1/period") == "500000")
        #expect(fake.read("pwmchip0/pwm1/duty_cycle") == "0")
        #expect(fake.read("pwmchip0/pwm1/enable") == "1")
        try lines.set("lamp", level: 50)
        // 18.4 % of the period looks half as bright.
        #expect(fake.read("pwmchip0/pwm1/duty_cycle") == "92093")
        #expect(try lines.isActive("lamp"))
        try lines.set("lamp", active: true)
        #expect(fake.read("pwmchip0/pwm1/duty_cycle") == "500000")
        lines.close()
        #expect(fake.read("pwmchip0/pwm1/duty_cycle") == "0")
        #expect(fake.read("pwmchip0/pwm1/enable") == "0")
        #expect(fake.read("pwmchip0/unexport") == "1")
        #expect(throws: LineError(line: "lamp", reason: .unknown)) { try lines.set("lamp", active: true) }
    }

    @Test("One that a killed process left lit is taken, and dark; its chip is found by its device")
    func left() throws {
        fake.make("pwmchip2/pwm1", period: 9, duty: 7, enable: 1)
        try lines.add(line(chip: "1f00098000.pwm", activeLow: true))
        #expect(fake.waited == 0 && fake.read("pwmchip2/export") == "")
        #expect(fake.read("pwmchip2/pwm1/duty_cycle") == "0")
        #expect(fake.read("pwmchip2/pwm1/polarity") == "inversed")
        lines.close()
        // Disabled, its pin could be low, and that is light.
        #expect(fake.read("pwmchip2/pwm1/enable") == "1")
        #expect(fake.read("pwmchip2/pwm1/duty_cycle") == "0")
    }

    @Test("What stands in the way is said")
    func errors() throws {
        #expect(
            error(line(chip: "pwmchip7"))?.description
                == "line lamp (channel 1 on PWM chip 'pwmchip7'): there is no PWM chip of this name or device")
        #expect(
            error(line(2))?.description
                == "line lamp (channel 2 on PWM chip 'pwmchip0'): the PWM chip has 2 channels, counted from 0")
        // Its files never come.
        #expect(error(line(0))?.reason == .refused(code: ENOENT))
        let none = GPIOLines(loop: Loop(reactor: VirtualReactor()), pwm: PWMChips(directory: fake.folder.file("nothing")))
        #expect(throws: LineError(line: "lamp", chip: "pwmchip0", place: .pwm(1), reason: .noChips(code: ENOENT))) {
            try none.add(line())
        }
        let texts: [(LineError.Reason, String)] = [
            (.noChips(code: ENOENT), "no PWM chip can be opened: No such file or directory"),
            (.busy(consumer: ""), "held by another program"),
            (.notPermitted(path: "/x/export"), "no permission to write /x/export; a udev rule gives it to the group gpio"),
        ]
        for (reason, text) in texts {
            let error = LineError(line: "lamp", chip: "pwmchip0", place: .pwm(1), reason: reason)
            #expect(error.description == "line lamp (channel 1 on PWM chip 'pwmchip0'): \(text)")
        }
    }

    @Test("Taken away by itself, it is dark and given back")
    func removed() throws {
        fake.make("pwmchip0/pwm1")
        try lines.add(line())
        try lines.set("lamp", active: true)
        lines.remove("lamp")
        #expect(fake.read("pwmchip0/pwm1/duty_cycle") == "0")
        #expect(fake.read("pwmchip0/pwm1/enable") == "0")
        #expect(fake.read("pwmchip0/unexport") == "1")
    }

    @Test("Brightness is lightness: nothing is dark, all is full, and each step is brighter than the one before")
    func brightness() {
        let duties = (0...100).map { PWMChannel.duty($0, of: 1_000_000) }
        #expect(duties.first == 0 && duties.last == 1_000_000)
        #expect(zip(duties, duties.dropFirst()).allSatisfy { $0 < $1 })
        // CIE 15: L* 8 is where the line meets the cube.
        #expect(duties[8] == 8856 && duties[9] == 10_010)
    }
}
