import Rig

extension Board {
    /// The programs are where the package has put them, and what it brings to start from is right.
    func findsItsWay() throws {
        story.title("What the package brings")
        let version = try guest.perform("/usr/bin/portierd --version; /usr/bin/portier --version")
        story.tell(version.split(separator: "\n").joined(separator: ", "))
        // The boards' lie a folder deeper, and are checked by tests.
        let folders = "/usr/share/portier /usr/share/doc/portier/examples"
        let files = try guest.perform("find \(folders) -maxdepth 1 -name '*.toml' | sort").split(separator: "\n")
        story.check(
            "it brings configurations", files.count >= 3 && files.contains("/usr/share/portier/portier.toml"), "\(files.count)")
        for file in files {
            let answer = try guest.run("portier check \(file)")
            // Codes and passwords are for whoever installs it to write.
            let problems = answer.text.split(separator: "\n").filter { !$0.contains(": the secret ") }
            if answer.code != 0, !problems.isEmpty { story.fail(problems.joined(separator: "; ")) }
        }
    }
}
