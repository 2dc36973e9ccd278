import Foundation

/// Tries inputs for some time: first given ones, then random ones from a seed.
///
/// `FUZZ_SECONDS` says how long the fuzzers of one suite go on together, and `FUZZ_SEED` repeats a run. What is
/// tried is in a file, in case the process does not survive it.
public struct Fuzzing: Sendable {
    private static let environment = ProcessInfo.processInfo.environment
    private static let givenSeconds = environment["FUZZ_SECONDS"].flatMap(Double.init)
    /// One for all fuzzers of a process.
    public static let seed =
        environment["FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1_000_000)

    private let name: String
    private let seconds: Double
    private let path: String

    /// - Parameters:
    ///   - part: how much of its suite's time the fuzzer takes.
    ///   - otherwise: the suite's seconds where `FUZZ_SECONDS` is not set.
    public init(_ name: String, part: Double = 1, otherwise: Double = 2) {
        self.name = name
        seconds = (Self.givenSeconds ?? otherwise) * part
        path =
            FileManager.default.temporaryDirectory.appending(
                path: "signalbox-fuzz-\(name.replacing(" ", with: "-"))"
            ).path
    }

    /// Throws what `check` throws of the first input that does not pass, with the seed and the input's round.
    public func run<Input>(
        first: [Input] = [], make: (inout SeededRandom) -> Input, bytes: (Input) -> [UInt8],
        check: (Input) throws -> Void
    ) throws {
        let file = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
        try require(file >= 0, "\(path) cannot be opened")
        defer { close(file) }
        print(
            "fuzzing \(name): FUZZ_SEED=\(Self.seed), for \(seconds) seconds, what is tried is in \(path)"
        )
        func attempt(_ input: Input, _ which: String) throws {
            let bytes = bytes(input)
            _ = pwrite(file, bytes, bytes.count, 0)
            _ = ftruncate(file, off_t(bytes.count))
            do {
                try check(input)
            } catch {
                let text = String(decoding: bytes.prefix(2_000), as: UTF8.self)
                throw BrokenExpectation(
                    "fuzzing \(name): FUZZ_SEED=\(Self.seed): \(which): \(error)\n\(text)")
            }
        }
        for (index, input) in first.enumerated() { try attempt(input, "number \(index) of the corpus") }
        var random = SeededRandom(seed: Self.seed)
        let end = ContinuousClock.now + .seconds(seconds)
        var rounds = 0
        while ContinuousClock.now < end {
            rounds += 1
            try attempt(make(&random), "round \(rounds)")
        }
        print("fuzzing \(name): \(first.count) of the corpus, \(rounds) rounds")
    }
}

extension SeededRandom {
    /// Texts with pieces of others, words and odd bytes put in, or pieces taken out.
    public mutating func changed(_ texts: [[UInt8]], words: [String], changes: Int = 4) -> [UInt8] {
        var text = pick(texts)
        for _ in 0...Int.random(in: 0...changes, using: &self) {
            let place = Int.random(in: 0...text.count, using: &self)
            switch Int.random(in: 0...5, using: &self) {
            case 0:
                let other = pick(texts)
                let start = Int.random(in: 0...other.count, using: &self)
                text.insert(contentsOf: other[start..<min(start + 60, other.count)], at: place)
            case 1:
                let end = min(place + Int.random(in: 0...20, using: &self), text.count)
                text.removeSubrange(place..<end)
            case 2: text.insert(UInt8.random(in: 0...255, using: &self), at: place)
            case 3: text.insert(contentsOf: pick(words).utf8, at: place)
            default: text.insert(contentsOf: " \(pick(words)) ".utf8, at: place)
            }
        }
        return text
    }

    /// A text of any characters, of ASCII and control characters above all.
    public mutating func text(upTo length: Int = 12) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...length, using: &self) {
            let limit: UInt32 = pick([0x20, 0x7F, 0x7F, 0x24F, 0x10FFFF])
            if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &self)) { text.append(scalar) }
        }
        return String(text)
    }
}
