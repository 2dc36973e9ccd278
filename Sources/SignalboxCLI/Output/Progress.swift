import Values

/// Tells on standard error how far a long command is, and at its end how long it took.
struct Progress {
    /// What is counted, in the singular.
    private let unit: String
    private let began = ContinuousClock.now
    private var lastTold = ContinuousClock.now
    private var done = 0

    init(of unit: String) { self.unit = unit }

    mutating func add(_ count: Int) {
        done += count
        guard Terminal.showsProgress, ContinuousClock.now - lastTold > .milliseconds(200) else { return }
        lastTold = .now
        Terminal.progress(counted(done, unit))
    }

    /// `170000 commands in 12.3 s, 13821 a second: 169990 accepted, 10 refused`.
    func end(_ result: String) {
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let rate = Int(Double(done) / max(seconds, 0.001))
        let shownSeconds = (seconds * 10).rounded() / 10
        printToStandardError("\(counted(done, unit)) in \(shownSeconds) s, \(rate) a second: \(result)")
    }
}
