extension HouseConfiguration {
    /// Reads a whole configuration file; everything that is wrong with it is reported at once.
    ///
    /// - Parameters:
    ///   - text: TOML in UTF-8.
    ///   - file: the file's name, for messages.
    ///   - secrets: where `…_file` and `…_credential` are read.
    ///   - checkURI: a second opinion on every SIP URI; what was expected, or `nil` when it is right.
    public static func read(
        text: [UInt8], file: String, secrets: some SecretSource, checkURI: (String) -> String? = { _ in nil }
    ) throws(ConfigurationError) -> HouseConfiguration {
        HouseConfiguration()
    }
}
