import Configuration
import Testing

private let pbx = "[accounts.pbx]\naddress = \"sip:door@pbx\"\n"
private let door = "[board]\nkind = \"simulated\"\n[lines]\nd = { direction = \"output\" }\n[doors.front]\nline = \"d\"\n"

@Suite("Secrets")
struct SecretTests {
    @Test(
        "A password lies in the file, in a file of its own, or in a credential",
        arguments: ["password", "password_file", "password_credential"])
    func places(key: String) {
        let vault = Vault(files: ["swordfish": .success("swordfish\n")], credentials: ["swordfish": .success("swordfish")])
        #expect(read(pbx + "\(key) = \"swordfish\"", secrets: vault).house?.accounts["pbx"]?.password == Secret("swordfish"))
    }

    @Test("It may have spaces; only the line breaks around it are not its own")
    func spaces() {
        let vault = Vault(files: ["f": .success("\n sword fish \r\n\n")])
        #expect(read(pbx + "password_file = \"f\"", secrets: vault).house?.accounts["pbx"]?.password?.revealed == " sword fish ")
    }

    @Test("Key codes stand one a line in a file or a credential")
    func codes() {
        let vault = Vault(files: ["f": .success("4711#\n\n 08 15 \n")])
        #expect(
            read(door + "codes_file = \"f\"", secrets: vault).house?.doors["front"]?.codes == [Secret("4711#"), Secret("0815")])
    }

    @Test(
        "What stands in the way is told at the place that points to it, without the secret",
        arguments: [
            (Result<String, SecretError>.failure(.notFound), "is not there; expected a file with the secret in it"),
            (.failure(.readableByOthers(mode: 0o100644)), "may be read by everyone (mode 644); expected mode 600 or 640"),
            (
                .failure(.unreadable("Permission denied")),
                "cannot be read: Permission denied; expected a file that the service may read"
            ),
            (.success("\n\n"), "is empty; expected a secret"),
        ])
    func obstacles(content: Result<String, SecretError>, report: String) {
        let vault = Vault(files: ["f": content])
        #expect(read(pbx + "password_file = \"f\"", secrets: vault).problems == ["house.toml:3:17: the secret \"f\" \(report)"])
    }

    @Test("A credential is a name that does not lead out of the credentials", arguments: ["../passwd", "a/b", "", "."])
    func credentialNames(name: String) {
        let vault = Vault(credentials: [name: .success("x")])
        #expect(read(pbx + "password_credential = \"\(name)\"", secrets: vault).problems.count == 1)
    }

    @Test("Only one place at a time")
    func one() {
        let vault = Vault(files: ["f": .success("x")])
        #expect(
            read(pbx + "password = \"y\"\npassword_file = \"f\"", secrets: vault).problems == [
                "house.toml:4:17: accounts.pbx has password and password_file; expected only one of them"
            ])
    }

    @Test("A line that is no code is told without showing it")
    func badCode() {
        let vault = Vault(files: ["f": .success("4711\nhello\n")])
        let problems = read(door + "codes_file = \"f\"", secrets: vault).problems
        #expect(problems.count == 1)
        #expect(
            problems.allSatisfy { $0.contains("doors.front.codes_file has a line that is no key code") && !$0.contains("hello") })
    }

    @Test("No description, dump or interpolation shows one")
    func hidden() throws {
        let house = try #require(
            read(pbx + "password = \"swordfish\"\n" + door + "codes = [\"4711\"]").house)
        var dumped = ""
        dump(house, to: &dumped)
        for text in [dumped, "\(house)", String(reflecting: house)] {
            #expect(!text.contains("swordfish") && !text.contains("4711"))
            #expect(text.contains("door@pbx"))
        }
    }
}
