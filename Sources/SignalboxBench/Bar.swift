import Values

/// Something that was measured; nil where it was left out.
struct Figure: Sendable {
    let key: String
    let title: String
    let value: Double?
    /// How many digits are shown behind the point.
    let digits: Int

    init(_ key: String, _ title: String, _ value: Double?, digits: Int = 0) {
        self.key = key
        self.title = title
        self.value = value
        self.digits = digits
    }
}

/// A figure that is to be at least or at most so much.
struct Bar: Sendable {
    let figure: Figure
    let limit: Double
    let isLeast: Bool
    /// Whether the machine lets the figure say something of the program.
    let isJudged: Bool

    init(_ figure: Figure, atLeast limit: Double) {
        self.figure = figure
        self.limit = limit
        isLeast = true
        isJudged = true
    }

    init(_ figure: Figure, atMost limit: Double, isJudged: Bool = true) {
        self.figure = figure
        self.limit = limit
        isLeast = false
        self.isJudged = isJudged
    }

    /// Nil where it was not measured, or is not judged.
    var isHeld: Bool? { isJudged ? figure.value.map { isLeast ? $0 >= limit : $0 <= limit } : nil }
}

extension [Bar] {
    /// Whether none was missed.
    var areHeld: Bool { allSatisfy { $0.isHeld ?? true } }

    /// By their figures' keys; null for what was left out, and whether one is held that is not judged.
    var value: Value {
        var table = Table()
        for bar in self {
            table[bar.figure.key] = [
                "figure": bar.figure.value.map(Value.double) ?? .null,
                bar.isLeast ? "at_least" : "at_most": .double(bar.limit),
                "held": bar.isHeld.map(Value.bool) ?? .null,
            ]
        }
        return .table(table)
    }
}
