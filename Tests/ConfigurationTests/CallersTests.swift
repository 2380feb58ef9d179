import Configuration
import Testing

@Suite("Callers with a password")
struct CallersTests {
    @Test("A caller goes by its table's name or another, and its password lies in one of three places")
    func read() throws {
        let vault = Vault(files: ["f": .success("swordfish\n")])
        let text =
            "[callers.gate]\npassword = \"one\"\n[callers.shed]\nusername = \"201\"\nalgorithms = [\"MD5\"]\npassword_file = \"f\"\n"
        let house = try #require(ConfigurationTests.read(text, secrets: vault).house)
        #expect(house.callers["gate"] == .init(username: "gate", password: Secret("one")))
        var shed = HouseConfiguration.Caller(username: "201", password: Secret("swordfish"))
        shed.algorithms = [.md5]
        #expect(house.callers["shed"] == shed)
        #expect(!"\(house)".contains("swordfish"))
    }

    @Test(
        "What is wrong is told at its place",
        arguments: [
            (
                "[callers.a]\npassword = \"x\"\nalgorithms = [\"MD5\", \"MD5\"]",
                "house.toml:3:14: callers.a.algorithms is empty, wrong, or has one twice; expected some of \"SHA-256\", \"SHA-512-256\" or \"MD5\""
            ),
            (
                "[callers.gate]",
                "house.toml:1:10: callers.gate has no password; expected password, password_file or password_credential"
            ),
            (
                "[callers.a]\npassword = \"x\"\n[callers.b]\nusername = \"a\"\npassword = \"y\"",
                "house.toml:3:10: callers.b has the username of line 1; expected a username of its own"
            ),
        ])
    func problems(text: String, problem: String) {
        #expect(ConfigurationTests.read(text).problems == [problem])
    }
}
