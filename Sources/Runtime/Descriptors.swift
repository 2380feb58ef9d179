import CLinux

/// Flags for `socket`: never block, and never leak into a child.
let socketFlags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
