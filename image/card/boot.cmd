# U-Boot's part of the emulated board: boots the default slot, or once the one that is to be tried.
#
# The slot state is an environment with a CRC, at 1 MiB of the disk and again at 2 MiB, as /usr/lib/portier/slots writes it:
# default=2 or 3, a boot partition, and trial=2 or 3, or 0 for none. Without a whole one, the default is A.
setenv default 2
setenv trial 0
setenv first 0x1000
setenv second 0x800
if virtio read ${kernel_addr_r} 0x800 1 && env import -c ${kernel_addr_r} 0x200 default trial; then
    echo Portier: slot state ${default} ${trial}
elif virtio read ${kernel_addr_r} 0x1000 1 && env import -c ${kernel_addr_r} 0x200 default trial; then
    echo Portier: slot state ${default} ${trial}, the second copy
    setenv first 0x800
    setenv second 0x1000
fi
if test "${default}" = 3; then setenv partitions "3 2"; else setenv default 2; setenv partitions "2 3"; fi
if test "${trial}" = 2 || test "${trial}" = 3; then
    setenv partitions "${trial} ${partitions}"
    setenv trial 0
    # Used up before it counts; the copy that was not read first, so that there is a whole one at any time.
    if env export -c -s 0x200 ${kernel_addr_r} default trial && virtio write ${kernel_addr_r} ${first} 1 && virtio write ${kernel_addr_r} ${second} 1; then
        echo Portier: one trial
    else
        setenv partitions "${default}"
    fi
fi
for number in ${partitions}; do
    if test ${number} = 3; then setenv slot B; else setenv slot A; fi
    echo Portier: slot ${slot}
    setenv bootargs
    load virtio 0:${number} ${kernel_addr_r} boot.env && env import -t ${kernel_addr_r} ${filesize} bootargs
    setenv bootargs ${bootargs} portier.slot=${slot}
    load virtio 0:${number} ${kernel_addr_r} vmlinuz && load virtio 0:${number} ${ramdisk_addr_r} initrd.img && booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}
done
# Nothing boots: the next start may.
sleep 10
reset
