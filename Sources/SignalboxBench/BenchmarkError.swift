/// Why a benchmark cannot be measured.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
}
