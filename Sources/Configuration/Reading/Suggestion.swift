/// The candidate that a misspelt word most likely meant, if any is near enough.
func suggestion(for word: String, among candidates: [String]) -> String? {
    let limit = word.count <= 3 ? 1 : word.count <= 6 ? 2 : 3
    return
        candidates
        .map { (distance: editDistance(word, $0), name: $0) }
        .filter { $0.distance <= limit && $0.distance < $0.name.count }
        .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to turn one word into the other.
func editDistance(_ left: String, _ right: String) -> Int {
    let a = Array(left.lowercased().prefix(64))
    let b = Array(right.lowercased().prefix(64))
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, rows[i - 1][j - 1] + 1) }
            row.append(cost)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
