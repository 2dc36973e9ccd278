/// What lasts, in all its roles: every lead's state, everything that happened to it, what is to leave, and who may use the
/// API.
///
/// Callers take the role that they need: the engine a ``MomentStore``, a listing a ``StoreReader``, what sends an
/// ``OutboxStore``, the API's server an ``AccessStore`` and a ``BulkStore`` too, and what removes what is old a ``RetentionStore``.
public protocol Store: MomentStore, StoreReader, OutboxStore, AccessStore, RetentionStore, BulkStore {}
