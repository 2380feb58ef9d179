/// A set of bytes as bits, so that a look-up is a shift: the character classes of RFC 3261 §25.
///
/// The numbers are literals so that the compiler folds them; a test holds each against the characters it names.
struct ByteSet: Sendable, Equatable {
    /// Bytes 0 to 63.
    let low: UInt64
    /// Bytes 64 to 127.
    let high: UInt64
    /// Whether bytes of 128 and above belong to it.
    let beyond: Bool

    @inline(__always)
    init(_ low: UInt64, _ high: UInt64, beyond: Bool = false) {
        self.low = low
        self.high = high
        self.beyond = beyond
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word = byte & 0x40 == 0 ? low : high
        return byte < 0x80 ? (word &>> UInt64(byte & 0x3F)) & 1 != 0 : beyond
    }

    /// 0-9
    static let digit = ByteSet(0x03FF_0000_0000_0000, 0)
    /// Space, tab, CR, LF: white space of values that go on over several lines.
    static let space = ByteSet(0x0000_0001_0000_2600, 0)
    /// alphanum and `-.!%*_+` + "`" + `'~`
    static let token = ByteSet(0x03FF_6CA2_0000_0000, 0x47FF_FFFF_87FF_FFFE)
    /// Tokens and white space, and what is not ASCII: a display name without quotes.
    static let displayWords = ByteSet(0x03FF_6CA3_0000_2600, 0x47FF_FFFF_87FF_FFFE, beyond: true)
    /// alphanum and `-._`
    static let host = ByteSet(0x03FF_6000_0000_0000, 0x07FF_FFFE_87FF_FFFE)
    /// Hexadecimal digits, `:` and `.`: an IPv6 reference without its brackets.
    static let reference = ByteSet(0x07FF_4000_0000_0000, 0x0000_007E_0000_007E)
    /// alphanum and `+-.`
    static let scheme = ByteSet(0x03FF_6800_0000_0000, 0x07FF_FFFE_07FF_FFFE)
    // None of the next has a control byte: nothing in a message means one, and C programs stop at some.

    /// All but `@><"` and white space: what may be a user, or the rest of a URI.
    static let user = ByteSet(0xAFFF_FFFA_0000_0000, 0x7FFF_FFFF_FFFF_FFFE, beyond: true)
    /// What a user needs no escape for: alphanum, mark and user-unreserved.
    static let plainUser = ByteSet(0xABFF_FFD2_0000_0000, 0x47FF_FFFE_87FF_FFFE)
    /// What a password needs no escape for: alphanum, mark and `&=+$,`
    static let plainPassword = ByteSet(0x23FF_7FD2_0000_0000, 0x47FF_FFFE_87FF_FFFE)
    /// What is printed in ASCII, but for the space: looser than `word`, of which a Call-ID is made.
    static let visible = ByteSet(0xFFFF_FFFE_0000_0000, 0x7FFF_FFFF_FFFF_FFFF)
    /// 0-9, A-F, a-f
    static let hexadecimal = ByteSet(0x03FF_0000_0000_0000, 0x0000_007E_0000_007E)
    /// `;/?:@&=+$,`: reserved in RFC 2396 §2.2.
    static let reserved = ByteSet(0xAC00_9850_0000_0000, 0x0000_0000_0000_0001)
    /// What a URI's parameter needs no escape for: alphanum, mark and `[]/:&+$`
    static let plainParameter = ByteSet(0x07FF_EFD2_0000_0000, 0x47FF_FFFE_AFFF_FFFE)
    /// paramchar: token and `[]/:&$()`
    static let uriParameter = ByteSet(0x07FF_EFF2_0000_0000, 0x47FF_FFFF_AFFF_FFFE)
    /// All but `><"` and white space.
    static let uriHeaders = ByteSet(0xAFFF_FFFA_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, beyond: true)
    /// All but `;,?` and white space: a URI without brackets, whose parameters are the header's.
    static let bareURI = ByteSet(0x77FF_EFFE_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, beyond: true)
    /// All but `;,>` and white space.
    static let telephone = ByteSet(0xB7FF_EFFE_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, beyond: true)
    /// All but `>` and white space: what follows a scheme that is not ours.
    static let opaque = ByteSet(0xBFFF_FFFE_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, beyond: true)
    /// All but `;,>"` and white space: a header parameter's value, looser than gen-value.
    static let parameterValue = ByteSet(0xB7FF_EFFA_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, beyond: true)
    /// token and `[]:/@&`: a parameter's value that is printed without quotes.
    static let plainValue = ByteSet(0x07FF_ECE2_0000_0000, 0x47FF_FFFF_AFFF_FFFF)
    /// All but `,` and white space: a value in a challenge.
    static let authenticationValue = ByteSet(0xFFFF_EFFE_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, beyond: true)
}
