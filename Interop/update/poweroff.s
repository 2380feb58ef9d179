// An arm64 kernel that does nothing but to power the machine off: PSCI's SYSTEM_OFF. What U-Boot starts in a test.
    b start
    .long 0
    .quad 0, 0x10000, 0xa           // offset, size, flags: anywhere, pages of 4 KiB
    .quad 0, 0, 0
    .ascii "ARM\x64"
    .long 0
start:
    movz x0, #0x0008
    movk x0, #0x8400, lsl #16
    hvc #0
    b .
