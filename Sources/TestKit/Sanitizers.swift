import Glibc

/// Which sanitizer the tests were built with.
public enum Sanitizers {
    /// It holds signals back, so nothing is cut off by one.
    public static let hasThread = dlsym(nil, "__tsan_init") != nil
    /// It makes everything slower.
    public static let hasAddress = dlsym(nil, "__asan_init") != nil
    /// How many times as long something may take as without them.
    public static var slowdown: Double { needSpace ? 10 : 1 }
    /// They need far more address space than a program does without them.
    public static var needSpace: Bool { hasThread || hasAddress }
}
