import CLinux

/// The C library's words for an errno; safe on any thread.
func errorText(_ code: Int32) -> String {
    guard let text = strerrordesc_np(code) else { return "error \(code)" }
    return String(cString: text)
}
