/// The daemon's command line.
public struct Options: Sendable, Equatable {
    /// The configuration file.
    public var file: String
    /// Folder for what must survive a restart: the last-known-good configuration.
    public var stateFolder: String?
    /// Lines for a terminal rather than for the journal.
    public var logsToTerminal = false

    public enum Parsed: Sendable, Equatable {
        case run(Options)
        case help
        case version
        case wrong(String)
    }

    public static let help = """
        usage: portierd --config FILE [--state FOLDER] [--log journal|terminal]

        The Portier intercom daemon. Reads FILE, opens lines, sound and sockets, and serves until SIGTERM.
        SIGHUP reads FILE again. `portier check FILE` says what is wrong with a file without starting.

          --config FILE    the configuration (see portier.toml(5))
          --state FOLDER   where a dropped configuration is kept (default: $STATE_DIRECTORY, or nowhere)
          --log STYLE      journal (default): lines with a priority prefix; terminal: readable ones
          --help           this text
          --version        the version
        """

    public static func parse(_ arguments: [String]) -> Parsed {
        var options = Options(file: "")
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            var (name, value) = (argument, String?.none)
            if argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") {
                (name, value) = (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
            }
            switch name {
            case "--help", "-h": return .help
            case "--version": return .version
            case "--config", "--state", "--log":
                guard let text = value ?? rest.popFirst(), !text.isEmpty else { return .wrong("\(name) needs a value") }
                switch (name, text) {
                case ("--config", _): options.file = text
                case ("--state", _): options.stateFolder = text
                case (_, "journal"): options.logsToTerminal = false
                case (_, "terminal"): options.logsToTerminal = true
                default: return .wrong("--log \(text): expected journal or terminal")
                }
            default: return .wrong("\(argument): not known")
            }
        }
        return options.file.isEmpty ? .wrong("--config FILE is missing") : .run(options)
    }
}
