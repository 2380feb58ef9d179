import Foundation
import Rig

extension Guest {
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

    /// Boots the image on `card`, by its boot loader in the folder `parts`; the cable is laid already.
    convenience init(card: Card, parts: String, shared: String) throws {
        let console = shared + "/console.log"
        var arguments = [
            // Without KVM, so that it runs anywhere and always the same way; a Pi 4's processor.
            "-M", "virt", "-cpu", "cortex-a72", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024",
            "-nodefaults", "-no-user-config", "-display", "none", "-bios", parts + "/u-boot.bin",
            "-drive", "file=\(card.path),format=raw,if=none,id=card", "-device", "virtio-blk-pci,drive=card",
            "-chardev", "file,id=console,path=\(console),append=on", "-serial", "chardev:console",
            "-chardev", "stdio,id=commands,signal=off", "-device", "virtio-serial-pci",
            "-device", "virtserialport,chardev=commands,name=commands",
            "-netdev", "tap,id=cable,ifname=guest0,script=no,downscript=no",
            "-device", "virtio-net-pci,netdev=cable,romfile=",
            "-device", "virtio-rng-pci", "-device", "i6300esb", "-watchdog-action", "reset",
            "-virtfs", "local,path=\(shared),mount_tag=host,security_model=none",
        ]
        for (name, text) in Self.units {
            let file = "\(shared)/\(name)"
            try Rig.write(text, to: file)
            arguments += ["-fw_cfg", "name=opt/io.systemd.credentials/\(name),file=\(file)"]
        }
        try self.init("qemu-system-aarch64", arguments, shared: shared, console: console, within: 240)
    }
}
