public import Journeys

/// A map's source, as it was when a journey began with it.
public struct StoredMap: Sendable, Hashable {
    public var id: MapID
    public var version: MapVersion
    /// The name of the file that it was read from.
    public var file: String
    public var source: [UInt8]
    /// How many steps each of its tracks has, which says when each step opened; nil where nobody looked.
    public var trackLengths: [Int]?

    public init(
        id: MapID, version: MapVersion, file: String, source: [UInt8], trackLengths: [Int]? = nil
    ) {
        self.id = id
        self.version = version
        self.file = file
        self.source = source
        self.trackLengths = trackLengths
    }
}
