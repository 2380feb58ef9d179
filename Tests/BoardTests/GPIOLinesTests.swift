import Base
import CGPIOLines
import Glibc
import Runtime
import Testing

@testable import Board

@Suite("GPIO lines where there is no GPIO")
struct GPIOLinesTests {
    private let folder: TemporaryFolder
    private let lines: GPIOLines

    init() throws {
        folder = try TemporaryFolder()
        lines = GPIOLines(loop: Loop(reactor: VirtualReactor()), directory: folder.path)
    }

    private struct Opened: Error {}

    private func error(opening line: LineSettings) throws -> LineError {
        do throws(LineError) {
            try lines.add(line)
        } catch {
            return error
        }
        throw Opened()
    }

    @Test("Without any chip, the error names the line, its place and the chip")
    func noChips() throws {
        let error = try error(opening: LineSettings(name: "bell", chip: "pinctrl-rp1", place: .name("GPIO17"), direction: .input))
        #expect(error.reason == .noChips(code: ENODEV))
        #expect(
            error.description
                == "line bell (line 'GPIO17' on GPIO chip 'pinctrl-rp1'): no GPIO chip can be opened: No such device")
    }

    @Test("A file that only looks like a chip is not one, by search and by path")
    func notAChip() throws {
        try folder.write([], to: "gpiochip0")
        let searched = try error(opening: LineSettings(name: "bell", place: .name("GPIO17"), direction: .input))
        guard case .noChips(let code) = searched.reason else {
            Issue.record("\(searched)")
            return
        }
        #expect(code != 0 && code != ENODEV || gpio_library_version() == 2)
        let path = folder.file("gpiochip0")
        let named = try error(opening: LineSettings(name: "bell", chip: path, place: .offset(3), direction: .output))
        guard case .chipNotOpened = named.reason else {
            Issue.record("\(named)")
            return
        }
        #expect(named.chip == path)
    }

    @Test(
        "Every reason reads as a sentence that says what to look at",
        arguments: [
            (
                LineError.Reason.busy(consumer: "onboard-led"),
                "line lamp (line 'GPIO5' on GPIO chip 'gpiochip0'): held by 'onboard-led'"
            ),
            (.busy(consumer: ""), "line lamp (line 'GPIO5' on GPIO chip 'gpiochip0'): held by another program"),
            (.lineNotFound, "line lamp (line 'GPIO5' on GPIO chip 'gpiochip0'): the GPIO chip has no such line"),
            (.chipNotFound, "line lamp (line 'GPIO5' on GPIO chip 'gpiochip0'): there is no GPIO chip of this name or label"),
            (
                .refused(code: EPERM),
                "line lamp (line 'GPIO5' on GPIO chip 'gpiochip0'): the kernel refused: Operation not permitted"
            ),
        ])
    func sentences(reason: LineError.Reason, text: String) {
        #expect(LineError(line: "lamp", chip: "gpiochip0", place: .name("GPIO5"), reason: reason).description == text)
    }

    @Test("Lines that were never opened are unknown")
    func unknown() {
        #expect(throws: LineError(line: "bell", reason: .unknown)) { try lines.set("bell", active: true) }
        #expect(throws: LineError(line: "bell", reason: .unknown)) { try lines.isActive("bell") }
    }
}
