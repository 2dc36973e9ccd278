import Values

/// Which calls of an instant set which fields, to find those that disagree (R27).
struct FieldWrites {
    private var fields: [(name: String, writers: [Writer])] = []
    /// By the field's name, its place in ``fields``.
    private var indexes: [ExactText: Int] = [:]

    private struct Writer {
        let trigger: String
        let seq: Int?
        let run: FunctionName
        var value: Value
    }

    mutating func note(_ changes: Table, by request: CallRequest) {
        for entry in changes {
            let writer = Writer(
                trigger: request.trigger, seq: request.event.seq, run: request.run, value: entry.value)
            guard let index = indexes[entry.key] else {
                indexes[entry.key] = fields.count
                fields.append((entry.key, [writer]))
                continue
            }
            if let last = fields[index].writers.last, last.trigger == writer.trigger, last.seq == writer.seq {
                fields[index].writers.removeLast()
            }
            fields[index].writers.append(writer)
        }
    }

    func conflicts(instant: Int) -> [Conflict] {
        fields.compactMap { field in
            guard let last = field.writers.last else { return nil }
            let lost = field.writers.filter { $0.value != last.value }
            if lost.isEmpty { return nil }
            return Conflict(instant: instant, field: field.name, won: last.run, lost: lost.map(\.run))
        }
    }
}
