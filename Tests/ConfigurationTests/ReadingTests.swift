import Base
import Configuration
import Testing

@Suite("Reading a configuration")
struct ReadingTests {
    @Test("An empty file is a house with nothing to press", arguments: ["", "\n", "# nothing\n"])
    func empty(text: String) {
        #expect(read(text) == .house(HouseConfiguration()))
    }

    @Test("Lines: chip, place, pull, active level and debounce")
    func lines() throws {
        let house = try #require(
            read(
                """
                [board]
                chip = "pinctrl-rp1"
                [lines]
                bell = { direction = "input", line = "GPIO17", pull = "up", active_low = true, debounce = "30ms" }
                strike = { direction = "output", line = 22, chip = "/dev/gpiochip4" }
                """
            ).house)
        #expect(house.board.chip == "pinctrl-rp1")
        var bell = HouseConfiguration.Line(direction: .input, place: .name("GPIO17"))
        (bell.pull, bell.isActiveLow, bell.debounce) = (.up, true, .milliseconds(30))
        var strike = HouseConfiguration.Line(direction: .output, place: .offset(22))
        strike.chip = "/dev/gpiochip4"
        #expect(house.lines == ["bell": bell, "strike": strike])
    }

    @Test("Quality reports go where an account says, or all calls; by themselves nowhere")
    func qualityReports() throws {
        let house = try #require(
            read(
                """
                [calls]
                quality_reports_to = "sip:collector@10.0.0.9"
                [accounts.a]
                address = "sip:a@pbx.example"
                [accounts.b]
                address = "sip:b@pbx.example"
                quality_reports_to = "off"
                """
            ).house)
        #expect(house.calls.qualityReportsTo == "sip:collector@10.0.0.9")
        #expect(house.accounts["a"]?.qualityReportsTo == nil && house.accounts["b"]?.qualityReportsTo == "off")
        #expect(HouseConfiguration().calls.qualityReportsTo == nil)
    }

    @Test("On the simulated board a line needs no place, and a number no chip")
    func simulated() throws {
        let house = try #require(
            read(
                "[board]\nkind = \"simulated\"\n[lines]\na = { direction = \"input\" }\nb = { direction = \"output\", line = 1 }"
            ).house)
        #expect(house.board.kind == .simulated)
        #expect(house.lines["a"]?.place == .name("a"))
    }

    @Test("Lamps with colours and brightness, and the PWM channels that show them")
    func lamps() throws {
        let house = try #require(
            read(
                """
                [lines]
                red = { direction = "output", pwm = 0, chip = "pwmchip0" }
                green = { direction = "output", pwm = 1, chip = "pwmchip0", frequency = "200Hz", active_low = true }
                blue = { direction = "output", line = "GPIO22" }
                ring = { direction = "output", pwm = 0, chip = "1f00098000.pwm", frequency = "2kHz" }
                [lamps.status]
                red = "red"
                green = "green"
                blue = "blue"
                idle = "blue"
                calling = "red 30% slow blink"
                ringing = "orange fast blink"
                talking = ["green 50% 100ms", "on 1s", "white 200ms", "off 1m"]
                fault = "yellow 1%"
                [lamps.ring]
                line = "ring"
                idle = "5%"
                talking = "on 80%"
                busy = "50% flash"
                """
            ).house)
        var green = HouseConfiguration.Line(direction: .output, place: .pwm(1))
        (green.chip, green.frequency, green.isActiveLow) = ("pwmchip0", 200, true)
        #expect(house.lines["green"] == green)
        #expect(house.lines["red"]?.frequency == 1000 && house.lines["ring"]?.frequency == 2000)
        let status = try #require(house.lamps["status"])
        #expect(status.outputs == .colours(red: "red", green: "green", blue: "blue"))
        #expect(status.idle == .steady(Light(0, 0, 100)))
        let dim = Light(30, 0, 0)
        #expect(
            status.calling == .steps([.init(dim, duration: .milliseconds(500)), .init(.off, duration: .milliseconds(500))]))
        #expect(status.ringing.lights == [Light(100, 60, 0), .off])
        #expect(status.talking.lights == [Light(0, 50, 0), .on, .on, .off])
        #expect(status.fault == .steady(Light(1, 1, 0)))
        let ring = try #require(house.lamps["ring"])
        #expect(
            ring.outputs == .one("ring") && ring.idle == .steady(Light(5, 5, 5)) && ring.talking == .steady(Light(80, 80, 80)))
        #expect(ring.busy.lights == [Light(50, 50, 50), .off])
    }

    @Test("Debouncing is the kernel's where it is asked to")
    func kernelDebounce() throws {
        let house = try #require(
            read("[lines]\na = { direction = \"input\", line = \"A\", kernel_debounce = true, debounce = \"5ms\" }").house)
        #expect(house.lines["a"]?.isDebouncedByKernel == true && house.lines["a"]?.debounce == .milliseconds(5))
    }

    @Test("Double presses, and chords of buttons")
    func presses() throws {
        let house = try #require(
            read(
                """
                [board]
                kind = "simulated"
                [lines]
                a = { direction = "input" }
                b = { direction = "input" }
                [buttons.a]
                line = "a"
                double = { hang_up = true }
                double_press = "600ms"
                [buttons.b]
                line = "b"
                [chords.service]
                buttons = ["a", "b"]
                action = { call = "sip:janitor@10.0.0.9" }
                within = "1s"
                hold = "5s"
                """
            ).house)
        #expect(house.buttons["a"]?.double == .hangUp && house.buttons["a"]?.doublePress == .milliseconds(600))
        let service = try #require(house.chords["service"])
        #expect(service.buttons == ["a", "b"] && service.action == .call(.uri("sip:janitor@10.0.0.9", account: nil)))
        #expect(service.within == .seconds(1) && service.hold == .seconds(5))
    }

    @Test("Buttons, lamps, doors, phone book and accounts")
    func frontPanel() throws {
        let house = try #require(
            read(
                """
                [board]
                kind = "simulated"
                [lines]
                bell = { direction = "input" }
                lamp = { direction = "output" }
                strike = { direction = "output" }
                [buttons.bell]
                line = "bell"
                short = { call = "apartment 4" }
                long = { call = "sip:janitor@10.0.0.9", account = "pbx" }
                long_press = "1500ms"
                lamp = "bell"
                [lamps.bell]
                line = "lamp"
                idle = "on"
                no_answer = ["on 100ms", "off 2s"]
                [doors.front]
                line = "strike"
                pulse = "5s"
                codes = ["4711#", "*0a"]
                code_timeout = "4s"
                wrong_codes = 5
                lock_out = "1m"
                lock_out_limit = "2h"
                [phone_book."apartment 4"]
                targets = ["sip:201@10.0.0.20", "sip:202@[2001:db8::1]:5070;transport=udp"]
                order = "together"
                ring_time = "20s"
                account = "pbx"
                [accounts.pbx]
                address = "sip:door@pbx.example"
                registrar = "sip:pbx.example"
                proxy = "sip:10.0.0.1:5062"
                password = "swordfish"
                expires = "10m"
                display_name = "Front door"
                """
            ).house)
        let bell = try #require(house.buttons["bell"])
        #expect(bell.short == .call(.entry("apartment 4")))
        #expect(bell.long == .call(.uri("sip:janitor@10.0.0.9", account: "pbx")))
        #expect(bell.longPress == .milliseconds(1500))
        #expect(bell.lamp == "bell")
        let lamp = try #require(house.lamps["bell"])
        #expect(lamp.idle == .on)
        #expect(
            lamp.noAnswer
                == .steps([.init(.on, duration: .milliseconds(100)), .init(.off, duration: .seconds(2))]))
        #expect(lamp.talking == .on)
        let front = try #require(house.doors["front"])
        #expect(front.codes.map(\.revealed) == ["4711#", "*0A"])
        #expect(front.lock.pulse == .seconds(5))
        #expect(front.codeTimeout == .seconds(4))
        #expect(front.wrongCodes == 5)
        #expect(front.lockOut == .seconds(60))
        #expect(front.lockOutLimit == .seconds(7200))
        let entry = try #require(house.phoneBook["apartment 4"])
        #expect(entry.order == .together)
        #expect(entry.targets.count == 2)
        #expect(entry.ringTime == .seconds(20))
        let account = try #require(house.accounts["pbx"])
        #expect(account.username == "door")
        #expect(account.password == Secret("swordfish"))
        #expect(account.proxy == "sip:10.0.0.1:5062")
    }

    @Test("Who is answered, who is trusted, and all that the service is told")
    func service() throws {
        let house = try #require(
            read(
                """
                [answering]
                automatic = ["sip:201@10.0.0.20:5070", "201@*", "*@10.0.0.21", "family"]
                by_header = true
                by_notify = true
                warning_tone = false
                [phone_book.family]
                targets = ["sip:1@h"]
                [trust]
                networks = ["10.0.0.0/24", "192.0.2.7", "2001:db8::/32"]
                everyone = true
                [sip]
                port = 5070
                address = "203.0.113.5"
                user = "door"
                display_name = "Door"
                check_sync = false
                [sound]
                capture = "plughw:CARD=Device"
                codecs = ["pcmu", "l16"]
                discontinuous = true
                high_pass = 0
                rtp_ports = "40100-40107"
                echo_canceller = false
                echo_tail = "256ms"
                noise_suppression = "20dB"
                microphone_gain = 6
                loudspeaker_gain = "-3.5 dB"
                automatic_gain = true
                [calls]
                concurrent = 2
                ring_time = "45s"
                call_time = "unlimited"
                session_timer = "off"
                media_timeout = "20s"
                [drop]
                folder = ""
                [control]
                socket = "/tmp/portier.sock"
                [log]
                level = "debug"
                """
            ).house)
        #expect(
            house.answering.automatic == [
                .address(user: "201", host: "10.0.0.20"), .address(user: "201", host: nil),
                .address(user: nil, host: "10.0.0.21"),
                .entry("family"),
            ])
        #expect(house.answering.byHeader && house.answering.byNotify && !house.answering.warningTone)
        #expect(!house.sip.checkSync)
        #expect(house.trust.networks.map(\.prefixLength) == [24, 32, 32])
        #expect(house.trust.everyone)
        #expect(house.sip.port == 5070)
        #expect(house.sip.address == IPAddress("203.0.113.5"))
        #expect(house.sound.card == .alsa(capture: "plughw:CARD=Device", playback: "default"))
        #expect(house.sound.codecs == [.pcmu, .l16])
        #expect(house.sound.discontinuous && house.sound.highPass == 0)
        #expect(house.sound.rtpPorts.pairs == [40100, 40102, 40104, 40106])
        #expect(house.sound.noiseSuppression == 20)
        #expect(house.sound.microphoneGain == 6)
        #expect(house.sound.loudspeakerGain == -3.5)
        #expect(house.calls.callTime == nil)
        #expect(house.calls.sessionTimer == nil)
        #expect(house.calls.concurrent == 2)
        #expect(house.drop.folder == nil)
        #expect(house.log.level == .debug)
    }

    @Test("The mixer's controls have any name, and a level or a switch")
    func mixer() {
        let house = read(
            """
            [sound.mixer]
            Speaker = "80%"
            "Mic Capture" = "-4.5dB"
            "Auto Gain Control" = "off"
            PCM = true
            """
        ).house
        #expect(
            house?.sound.mixer == [
                "Speaker": .percent(80), "Mic Capture": .decibels(-4.5), "Auto Gain Control": .isOn(false), "PCM": .isOn(true),
            ])
    }

    @Test("The canceller's filter is of one length, or as the room asks")
    func echoTail() {
        #expect(
            read("[sound]\necho_tail = \"96ms\"").house?.sound.echoTails ?? (.zero, .zero) == (
                .milliseconds(96), .milliseconds(96)
            ))
        #expect(
            read("[sound]\necho_tail = \"auto\"").house?.sound.echoTails ?? (.zero, .zero) == (
                .milliseconds(192), .milliseconds(256)
            ))
        #expect(
            read("[sound]\necho_canceller = false").house?.sound.echoTails ?? (.seconds(1), .zero) == (.zero, .zero))
        #expect(read("[sound]\necho_tail = \"long\"").house == nil)
    }

    @Test("A file card names what it hears and what it plays")
    func fileCard() {
        let house = read("[sound]\ncard = \"file:in.wav,out.wav\"").house
        #expect(house?.sound.card == .files(input: "in.wav", output: "out.wav", loops: false))
        let looping = read("[sound]\ncard = \"file:in.wav,out.wav,loop\"").house
        #expect(looping?.sound.card == .files(input: "in.wav", output: "out.wav", loops: true))
    }

    @Test(
        "The pairs of a range of ports lie wholly in it",
        arguments: [("40000-40003", [40000, 40002]), ("40001-40004", [40002]), ("65534-65535", [65534])] as [(String, [UInt16])])
    func pairs(range: String, pairs: [UInt16]) {
        let house = read("[sound]\nrtp_ports = \"\(range)\"\n[calls]\nconcurrent = 1").house
        #expect(house?.sound.rtpPorts.pairs == pairs)
    }
}

@Suite("Callers that are answered by themselves")
struct AnsweringTests {
    private static var house: HouseConfiguration {
        var house = HouseConfiguration()
        house.answering.automatic = [
            .address(user: "201", host: "10.0.0.20"), .address(user: "operator", host: nil),
            .address(user: nil, host: "pbx.example"),
            .entry("family"),
        ]
        house.phoneBook["family"] = .init(targets: ["sip:7@10.0.0.7:5070;transport=udp"])
        return house
    }

    @Test(
        "By address, by any host, by any user, and by phone book entry",
        arguments: [
            ("201@10.0.0.20", true), ("202@10.0.0.20", false), ("201@10.0.0.21", false), ("operator@anywhere", true),
            ("operators@anywhere", false), ("x@PBX.example", true), ("x@pbx.example.org", false), ("7@10.0.0.7", true),
            ("8@10.0.0.7", false), ("10.0.0.7", false), ("", false), ("201@10.0.0.20 ", false),
        ])
    func answered(caller: String, isAnswered: Bool) {
        #expect(Self.house.answersAutomatically(caller) == isAnswered)
    }
}
