/// What lasts, in all its roles: every lead's state, everything that happened to it, and what is to leave.
///
/// Callers take the role that they need: the engine a ``MomentStore``, a listing a ``StoreReader``, and what
/// sends an ``OutboxStore``.
public protocol Store: MomentStore, StoreReader, OutboxStore {}
