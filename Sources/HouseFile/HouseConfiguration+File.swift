import Configuration
import Runtime
import SIP

extension HouseConfiguration {
    /// A house of any size fits many times.
    public static let largestFile = 1 << 20

    /// Reads a configuration file and the secrets it points to; a file that cannot be read is reported like all else.
    ///
    /// - Parameter secrets: relative to the file's folder, and without credentials, unless given.
    public static func read(path: String, secrets: (any SecretSource)? = nil) throws(ConfigurationError) -> HouseConfiguration {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(path, limit: largestFile).bytes
        } catch {
            throw ConfigurationError(problems: [
                Problem(file: path, line: 1, column: 1, what: "the file cannot be read: \(SystemError.text(error.code))")
            ])
        }
        let secrets = secrets ?? SystemSecrets(folder: Files.folder(of: path), credentials: nil)
        return try read(text: bytes, file: path, secrets: secrets, checkURI: whatIsWrong(withURI:))
    }

    /// What the SIP parser has against a URI, `nil` if nothing.
    public static func whatIsWrong(withURI text: String) -> String? {
        do throws(ParseError) {
            _ = try URI(text)
            return nil
        } catch {
            return error.description
        }
    }
}
