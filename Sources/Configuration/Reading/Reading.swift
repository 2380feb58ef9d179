extension HouseConfiguration {
    /// Reads a whole configuration file; everything that is wrong with it is reported at once.
    ///
    /// - Parameters:
    ///   - text: TOML in UTF-8.
    ///   - file: the file's name, for messages.
    ///   - secrets: where `…_file` and `…_credential` are read.
    ///   - checkURI: a second opinion on every SIP URI; what is wrong with it, or `nil`.
    public static func read(
        text: [UInt8], file: String, secrets: some SecretSource, checkURI: (String) -> String? = { _ in nil }
    ) throws(ConfigurationError) -> HouseConfiguration {
        let report = Report(file: file)
        let house = withoutActuallyEscaping(checkURI) { checkURI in
            let reader = HouseReader(report: report, secrets: secrets, checkURI: checkURI)
            do throws(TOMLNode.SyntaxError) {
                reader.read(try TOMLNode.parse(text))
            } catch {
                report.add(error.position, error.what)
            }
            return reader.house
        }
        guard report.problems.isEmpty else { throw ConfigurationError(problems: report.problems.sorted()) }
        return house
    }
}
