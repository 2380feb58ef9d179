import Configuration
import Glibc
import HouseFile
import Runtime
import Testing

private func inFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/portier-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        for name in ["secret", "open", "long", "house.toml"] { unlink(folder + "/" + name) }
        rmdir(folder)
    }
    try body(folder)
}

@Suite("Secrets on the disk")
struct SystemSecretsTests {
    @Test("A file is found from the configuration's folder or by its whole path, a credential in its own folder")
    func found() throws {
        try inFolder { folder in
            try Files.replace(folder + "/secret", with: Array("s3cret\n".utf8), mode: 0o640)
            let secrets = SystemSecrets(folder: folder, credentials: folder)
            #expect(try secrets.file("secret") == Array("s3cret\n".utf8))
            #expect(try SystemSecrets(folder: "/", credentials: nil).file(folder + "/secret") == Array("s3cret\n".utf8))
            #expect(try secrets.credential("secret") == Array("s3cret\n".utf8))
        }
    }

    @Test("What is missing, open to others or no secret at all is refused with the reason")
    func refused() throws {
        try inFolder { folder in
            try Files.replace(folder + "/open", with: [1], mode: 0o604)
            try Files.replace(folder + "/long", with: [UInt8](repeating: 65, count: 65_537))
            let secrets = SystemSecrets(folder: folder, credentials: nil)
            #expect(throws: SecretError.notFound) { try secrets.file("none") }
            #expect(throws: SecretError.readableByOthers(mode: 0o604)) { try secrets.file("open") }
            #expect(throws: SecretError.unreadable("File too large")) { try secrets.file("long") }
            #expect(throws: SecretError.unreadable("Is a directory")) { try secrets.file(".") }
            #expect(throws: SecretError.noCredentials) { try secrets.credential("secret") }
        }
    }
}

@Suite("Configuration from the disk")
struct HouseConfigurationFileTests {
    @Test("A file that cannot be read is a problem like all others")
    func unreadable() throws {
        #expect(
            throws: ConfigurationError(problems: [
                Problem(file: "/nonexistent", line: 1, column: 1, what: "the file cannot be read: No such file or directory")
            ])
        ) { try HouseConfiguration.read(path: "/nonexistent") }
    }

    @Test("Problems name the file as it was given")
    func problems() throws {
        try inFolder { folder in
            let path = folder + "/house.toml"
            try Files.replace(path, with: Array("colour = \"red\"\n".utf8))
            do {
                _ = try HouseConfiguration.read(path: path)
                Issue.record("accepted")
            } catch let error as ConfigurationError {
                #expect(error.problems.first?.file == path)
                #expect(error.problems.contains { $0.what.contains("colour") && $0.line == 1 && $0.column == 1 })
            }
        }
    }

    @Test("A URI is what the SIP parser takes", arguments: [("sip:201@10.0.0.20", true), ("sip:", false), ("sip:a@[::1", false)])
    func uris(text: String, isRight: Bool) {
        #expect((HouseConfiguration.whatIsWrong(withURI: text) == nil) == isRight)
    }
}
