/// How much one plugin may declare. All of it together has the size of a call's effects at most,
/// ``LuaSandbox/Limits/effectBytes``.
public enum ManifestLimits {
    /// Actions and deciders together.
    public static let functions = 1_000
    public static let subscriptions = 10_000
    /// Custom events that it says it fires.
    public static let events = 1_000
    /// Of one action or decider, or settings of a plugin, or keys of one declared table.
    public static let parameters = 200
}
