/// An SVG 1.1 text that grows element by element. Lengths are the drawing's units; y grows downwards.
struct SVG {
    enum Anchor: String { case start, middle, end }

    /// Fonts that are there on a PC, a phone and in a converter; the last word is any without serifs.
    private static let fonts = "Helvetica, Arial, 'DejaVu Sans', sans-serif"

    private var body = ""

    mutating func line(_ from: (x: Int, y: Int), _ to: (x: Int, y: Int), _ colour: String, width: Int = 2) {
        path("M\(from.x) \(from.y)L\(to.x) \(to.y)", colour, width: width)
    }

    /// A path in SVG's own words, such as `M0 0L10 10`.
    mutating func path(
        _ data: String, _ colour: String, width: Int = 2, fill: String = "none", dashed: Bool = false
    ) {
        let dashes = dashed ? " stroke-dasharray=\"5 4\"" : ""
        body += "<path d=\"\(data)\" fill=\"\(fill)\" stroke=\"\(colour)\" stroke-width=\"\(width)\"\(dashes)/>\n"
    }

    mutating func rectangle(
        x: Int, y: Int, width: Int, height: Int, radius: Int = 0, fill: String, stroke: String = "none", line: Int = 1
    ) {
        body += """
            <rect x="\(x)" y="\(y)" width="\(width)" height="\(height)" rx="\(radius)" fill="\(fill)" stroke="\(stroke)" \
            stroke-width="\(line)"/>

            """
    }

    mutating func circle(_ x: Int, _ y: Int, radius: Int, fill: String, stroke: String = "none", line: Int = 1) {
        body += """
            <circle cx="\(x)" cy="\(y)" r="\(radius)" fill="\(fill)" stroke="\(stroke)" stroke-width="\(line)"/>

            """
    }

    mutating func text(
        _ text: String, _ x: Int, _ y: Int, size: Int = 12, anchor: Anchor = .start, colour: String = "#222", bold: Bool = false
    ) {
        let weight = bold ? " font-weight=\"bold\"" : ""
        body += """
            <text x="\(x)" y="\(y)" font-size="\(size)" text-anchor="\(anchor.rawValue)" fill="\(colour)"\(weight)>\
            \(Self.escaped(text))</text>

            """
    }

    /// The whole document.
    func document(title: String, width: Int, height: Int, definitions: String = "") -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
        font-family="\(Self.fonts)">
        <title>\(Self.escaped(title))</title>
        <defs>\(definitions)</defs>
        <rect width="\(width)" height="\(height)" fill="#fff"/>
        \(body)</svg>

        """
    }

    /// Names come from a file: what XML or a terminal would take for something else is written out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in Words.harmless(text) {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
