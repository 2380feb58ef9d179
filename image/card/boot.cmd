# U-Boot's part of the emulated board: boots the slot that the slot state names.
setenv number 2
setenv slot A
load virtio 0:${number} ${scriptaddr} boot.env && env import -t ${scriptaddr} ${filesize}
setenv bootargs ${bootargs} portier.slot=${slot}
load virtio 0:${number} ${kernel_addr_r} vmlinuz && load virtio 0:${number} ${ramdisk_addr_r} initrd.img && booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}
# Nothing boots: the next start may.
sleep 10
reset
