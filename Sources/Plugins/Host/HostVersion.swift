import Values

/// Which program, and which library of the host, calls run on (R37).
public enum HostVersion {
    /// The program's own version, which every change of what calls can see goes with.
    public static let program = "0.1.0"

    /// `0.1.0+3f9a12bc04de`: the program's version, and the beginning of a hash over what is in every image.
    public static let text: String = {
        let library = Array(
            [
                PackageResources.nearest_lua, PackageResources.host_lua, PackageResources.secrets_lua,
                PackageResources.members_lua, PackageResources.conditions_lua,
            ]
            .joined(separator: [0]))
        return program + "+" + SHA256.hexadecimal(of: library).prefix(12)
    }()
}
