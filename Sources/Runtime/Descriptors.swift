import CLinux

/// Flags for `socket`: never block, and never leak into a child.
let socketFlags = clinux_nonblocking | clinux_close_on_exec
