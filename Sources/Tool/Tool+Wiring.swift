extension Tool {
    /// Draws the wiring of a configuration; what is wrong with it goes where errors go, so that no half image is taken for one.
    func drawWiring(of file: String) -> Status {
        let check = ConfigurationCheck(withoutSecretsOf: file)
        guard let house = check.configuration else {
            for problem in check.problems { surroundings.printError("\(problem)\n") }
            return .refused
        }
        // With its folder, which may say more than a name that is always the same.
        let name = file.split(separator: "/").suffix(2).joined(separator: "/")
        surroundings.printOut(WiringSheet.draw(Wiring(house), title: "Wiring of \(name)"))
        return .done
    }
}
