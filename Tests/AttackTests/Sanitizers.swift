import Glibc

/// Which sanitizer the tests were built with.
enum Sanitizers {
    /// It holds signals back, so nothing is cut off by one.
    static let hasThread = dlsym(nil, "__tsan_init") != nil
    /// It makes everything slower.
    static let hasAddress = dlsym(nil, "__asan_init") != nil
}
