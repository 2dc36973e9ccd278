#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Memory of the C library. The allocation of Swift asks it for an alignment, which costs several times as much, and cannot
/// grow where it lies.
package enum PlainMemory {
    /// So many bytes, at least 1, aligned for any C type.
    package static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        required(malloc(max(byteCount, 1)))
    }

    package static func grow(_ place: UnsafeMutableRawPointer, to byteCount: Int) -> UnsafeMutableRawPointer {
        required(realloc(place, byteCount))
    }

    package static func free(_ place: UnsafeMutableRawPointer?) {
        #if canImport(Glibc)
            Glibc.free(place)
        #else
            Darwin.free(place)
        #endif
    }

    private static func required(_ place: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer {
        guard let place else { fatalError("the system has no memory left") }
        return place
    }
}
