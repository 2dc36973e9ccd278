/// The files of a workspace, as far as they are read here.
///
/// Paths go from the workspace's folder, with slashes, and may begin with one.
public protocol FileTree: Sendable {
    /// What lies directly in a folder, in any order. Fails with ``FileError/missing`` where there is none.
    /// `top` is the folder whose own target links may lead into, besides the workspace.
    func list(_ folder: String, top: String) throws(FileError) -> [FolderEntry]

    /// Whether nobody wants to know any more what is read.
    var isCancelled: Bool { get }

    /// The bytes of a regular file of at most `limitBytes`.
    func read(_ path: String, top: String, limitBytes: Int) throws(FileError) -> [UInt8]
}

extension FileTree {
    public var isCancelled: Bool { false }
}

public struct FolderEntry: Sendable, Hashable {
    public let name: String
    public let kind: Kind
    /// Of a folder, where links lead to it as well as its own; nil where the tree does not tell folders apart.
    public let identity: FolderIdentity?

    public enum Kind: Sendable, Hashable {
        case file, folder
        /// A pipe, a device, a socket, or a link that leads nowhere.
        case other
        /// A link that leads out of the workspace.
        case outside
    }

    public init(name: String, kind: Kind, identity: FolderIdentity? = nil) {
        self.name = name
        self.kind = kind
        self.identity = identity
    }
}

/// What tells one folder from another, whatever its path.
public struct FolderIdentity: Sendable, Hashable {
    let device: UInt64
    let inode: UInt64
}

/// Why a file or a folder could not be read.
public enum FileError: Error, Sendable, Hashable {
    case missing
    /// More bytes than the limit, which is given.
    case tooLarge(limitBytes: Int)
    /// Not a regular file, or not a folder where one is expected.
    case wrongKind
    /// A link leads out of the workspace.
    case leadsOut
    /// Nobody wants to know any more.
    case cancelled
    /// A link leads to something that is not there.
    case leadsNowhere
    /// The system said no, in its words.
    case refused(String)
}

extension FileError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing: "there is no such file"
        case .tooLarge(let limitBytes): "the file is larger than \(limitBytes / 1024) KiB"
        case .wrongKind: "it is not a regular file"
        case .cancelled: "the reading was cancelled"
        case .leadsOut: "a link leads out of the workspace"
        case .leadsNowhere: "a link leads to something that is not there"
        case .refused(let reason): "it cannot be read: \(reason)"
        }
    }
}
