import Foundation
import Rig

extension Guest {
    /// How an image is started.
    enum Start {
        /// As a board does it: a boot loader chooses a slot.
        case bootLoader
        /// Slot A's kernel from outside, with these words added to its command line.
        case kernel(words: String)
    }

    /// What gives the image lines, a sound card and a shell, out of the shared folder: it has nothing of that by itself.
    ///
    /// systemd takes units as credentials, and credentials from an emulator. Their names there have at most 55 characters, which leaves
    /// one letter for this unit's.
    private static let units = [
        (
            "systemd.extra-unit.b.service",
            """
            [Unit]
            Description=What the emulated board is tested with
            DefaultDependencies=no
            Before=portierd.service
            Conflicts=shutdown.target

            [Service]
            ExecStartPre=mkdir -p /run/host
            ExecStartPre=modprobe 9pnet_virtio
            ExecStartPre=mount -t 9p -o trans=virtio,version=9p2000.L,msize=131072 host /run/host
            ExecStartPre=/run/host/start-arm64 lines
            ExecStart=/run/host/start-arm64 shell
            KillMode=process

            """
        ),
        // A unit from outside cannot ask to be started, but a file system can ask for it.
        ("fstab.extra", "tmpfs /run/rig tmpfs nofail,size=4k,x-systemd.requires=b.service 0 0\n"),
    ]

    /// Boots the image on `card`, of which the parts are in the folder `parts`; the cable is laid already.
    convenience init(card: Card, parts: String, shared: String, start: Start, within seconds: Double) throws {
        let console = shared + "/console.log"
        var arguments = [
            // Without KVM, so that it runs anywhere and always the same way; a Pi 4's processor.
            "-M", "virt", "-cpu", "cortex-a72", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024",
            "-nodefaults", "-no-user-config", "-display", "none",
            "-drive", "file=\(card.path),format=raw,if=none,id=card", "-device", "virtio-blk-pci,drive=card",
            "-chardev", "file,id=console,path=\(console),append=on", "-serial", "chardev:console",
            "-chardev", "stdio,id=commands,signal=off", "-device", "virtio-serial-pci",
            "-device", "virtserialport,chardev=commands,name=commands",
            "-netdev", "tap,id=cable,ifname=guest0,script=no,downscript=no",
            "-device", "virtio-net-pci,netdev=cable,romfile=,mac=\(Self.hardwareAddress)",
            "-device", "virtio-rng-pci", "-device", "i6300esb", "-watchdog-action", "reset",
            "-virtfs", "local,path=\(shared),mount_tag=host,security_model=none",
        ]
        switch start {
        case .bootLoader: arguments += ["-bios", parts + "/u-boot.bin"]
        case .kernel(let words):
            let line = try String(contentsOfFile: parts + "/cmdline.txt", encoding: .utf8).trimmingCharacters(in: .newlines)
            arguments += [
                "-kernel", parts + "/vmlinuz", "-initrd", parts + "/initrd.img", "-append", "\(line) portier.slot=A \(words)",
            ]
        }
        for (name, text) in Self.units {
            let file = "\(shared)/\(name)"
            try Rig.write(text, to: file)
            arguments += ["-fw_cfg", "name=opt/io.systemd.credentials/\(name),file=\(file)"]
        }
        try self.init("qemu-system-aarch64", arguments, shared: shared, console: console, within: seconds)
    }

    /// What happens when somebody pulls the plug.
    func cutPower() {
        child.signal(SIGKILL)
        _ = try? child.wait(within: 10)
    }

    /// One of those that anybody may give himself.
    static let hardwareAddress = "52:54:00:70:6f:72"

    /// The slot that runs, by what the guest says of itself.
    var slot: String { String(kernel.last ?? "?") }
}
