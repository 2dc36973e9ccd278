/// `; did you mean "x"?` where one of the known names is close to what was written, else nothing.
package func suggestion(for text: String, among known: some Sequence<String>) -> String {
    let limitBytes = 64
    guard text.utf8.count <= limitBytes else { return "" }
    let written = Array(text.utf8)
    var best: (name: String, distance: Int)?
    for name in known where name.utf8.count <= limitBytes && !sameBytes(name, text) {
        let distance = editDistance(written, Array(name.utf8))
        let allowed = max(1, min(3, name.utf8.count / 3))
        if distance <= allowed, distance < (best?.distance ?? .max) { best = (name, distance) }
    }
    return best.map { "; did you mean \($0.name.quotedForMessage)?" } ?? ""
}

/// How many bytes must be put in, taken out or changed to make one text of the other, neighbours that
/// changed places counting once.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in 0..<left.count {
        var next = [row + 1]
        for column in 0..<right.count {
            var distance = min(
                last[column] + (left[row] == right[column] ? 0 : 1), last[column + 1] + 1, next[column] + 1)
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                distance = min(distance, beforeLast[column - 1] + 1)
            }
            next.append(distance)
        }
        beforeLast = last
        last = next
    }
    return last[right.count]
}
