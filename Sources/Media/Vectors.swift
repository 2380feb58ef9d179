extension SIMD4<Float> {
    /// Four values that lie one behind the other, wherever that is.
    @inline(__always)
    init(four values: UnsafePointer<Float>) {
        self = UnsafeRawPointer(values).loadUnaligned(as: SIMD4<Float>.self)
    }

    @inline(__always)
    func store(to values: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(values).storeBytes(of: self, as: SIMD4<Float>.self)
    }

    @inline(__always)
    func atLeast(_ bound: Float) -> SIMD4<Float> { replacing(with: bound, where: self .< bound) }

    @inline(__always)
    func atLeast(_ bounds: SIMD4<Float>) -> SIMD4<Float> { replacing(with: bounds, where: self .< bounds) }

    @inline(__always)
    func atMost(_ bound: Float) -> SIMD4<Float> { replacing(with: bound, where: self .> bound) }
}

extension UnsafeMutablePointer where Pointee == Float {
    /// Room for `count` values, all zero, aligned for four at a time.
    static func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 16)
        return bytes.initializeMemory(as: Float.self, repeating: 0, count: count)
    }
}
