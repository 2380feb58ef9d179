/// Collects what is wrong with one file while it is read.
final class Report {
    let file: String
    private(set) var problems: Set<Problem> = []

    init(file: String) {
        self.file = file
    }

    func add(_ position: Position, _ what: String, expected: String? = nil) {
        problems.insert(Problem(file: file, line: position.line, column: position.column, what: what, expected: expected))
    }
}
