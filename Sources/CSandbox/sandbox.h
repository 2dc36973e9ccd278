// What the files of the sandbox share.
#ifndef SBX_SANDBOX_H
#define SBX_SANDBOX_H

#include <lauxlib.h>
#include <lua.h>
#include <setjmp.h>

#include "arena.h"
#include "csandbox.h"
#include "names.h"
#include "seat.h"

enum sbx_phase { SBX_NEW, SBX_LOADING, SBX_READY, SBX_CALLING, SBX_BROKEN };

/// A source file, copied.
struct sbx_source {
    char *key, *name, *text;
    size_t key_length, name_length, text_length;
};

/// A piece of the arena that goes back with the image. The cold one goes back only if it was written to.
struct sbx_part {
    uint8_t *start;
    size_t bytes;
};
enum { SBX_COLD_PART = 2, SBX_PARTS };

/// One that resumed a coroutine. Lies on the stack of the function that did.
struct sbx_resumer {
    lua_State *L;
    struct sbx_resumer *outer;
};

struct sbx {
    struct sbx_arena arena;
    struct sbx_limits limits;
    enum sbx_phase phase;
    lua_State *L;

    /// What every call starts from: the used parts of the arena, one behind the other, and the arena's own
    /// state.
    uint8_t *image;
    struct sbx_part parts[SBX_PARTS];
    struct sbx_arena_state image_state;

    struct sbx_source main;
    struct sbx_source *modules, *library;
    size_t module_count, library_count;
    struct sbx_bytes constants;
    struct sbx_names names;
    uint32_t function_count;
    /// The interpreter's own `error` and `assert`: the messages that they raise are the plugin's.
    lua_CFunction own_error, own_assert;

    // The rest belongs to the load or call that is under way.

    struct sbx_seat *seat;
    /// Where a cut-off jumps to.
    sigjmp_buf leave;
    const struct sbx_input *input;
    enum sbx_reason reason;
    /// The coroutine that runs: the state itself or one that `resume` or `wrap` went to.
    lua_State *current;
    /// Who waits for it to end or yield; NULL while no coroutine runs.
    struct sbx_resumer *resumer;
    /// Whether the program's file runs, behind the library.
    bool is_main_running;
    /// Whether the error that is being raised says its place already. Its next catch takes this back.
    bool error_is_placed;
    /// The function of the host's library that hands a value over, for messages; NULL for none.
    const char *asker;
    size_t record_count;
    uint64_t host_calls;
    bool log_is_cut;
    /// What the hook counted so far, and how much is allowed; 0 for no limit.
    uint64_t instructions, instruction_limit;
    uint64_t deadline_ns;
    bool is_random_seeded;
    uint64_t random[4];
};

/// The sandbox of a state. Does not touch the stack, does not raise.
static inline struct sbx *sbx_of(lua_State *L) { return *(struct sbx **)lua_getextraspace(L); }

/// The one value that stands for null inside of tables: a light userdata.
extern const char sbx_null_place;
#define SBX_NULL ((void *)(uintptr_t)&sbx_null_place)

/// Keys of the registry, by address.
extern const char sbx_functions_key;   // functions among the exports, by number
extern const char sbx_list_key;        // the metatable that marks a table as a list
extern const char sbx_cursor_key;      // where `next` is
extern const char sbx_loaded_key;      // what `require` has loaded, by name
extern const char sbx_names_key;       // the strings of the known names, by number

/// How many instructions pass between two looks at the budget.
enum { SBX_HOOK_INTERVAL = 1000 };

// How a call ends (fail.c). None of these returns; none touches the stack.

/// Ends the load or call with what stands in the seat's message.
_Noreturn void sbx_cut(struct sbx *S, enum sbx_reason reason);

/// Ends it with a message made as by printf. `L` says where it happened; NULL if that is not known.
_Noreturn void sbx_fail(struct sbx *S, lua_State *L, enum sbx_reason reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// Where an error happened (place.c).

/// What the names of the library's chunks begin with.
#define SBX_LIBRARY_PREFIX "=(host) "

enum { SBX_PLACE_BYTES = LUA_IDSIZE + 32 };

/// Whether a chunk with this name is the host's library. Does not raise.
bool sbx_is_of_library(const char *source);

/// Whether a frame, asked for `S`, is Lua code that the plugin brought. Does not raise.
bool sbx_is_own(const lua_Debug *frame);

/// Writes where the plugin's innermost frame is, as `file:line: `, in this coroutine or in those that wait
/// for it, or else where the function begins that is called. Returns the length; 0 if nothing is known. Leaves
/// the stack as it was, needs two slots, does not raise.
size_t sbx_describe_place(lua_State *L, char out[SBX_PLACE_BYTES]);

/// Gives the error on top of the stack the place that it lacks. `thread` is the coroutine that raised it,
/// `level` the frame there that did. Stack: replaces the error; needs two slots, and one of `thread`. May raise
/// (memory).
void sbx_place_error(lua_State *L, lua_State *thread, int level);

/// The message handler of protected calls: sbx_place_error. Stack: takes the error, leaves it. May raise
/// (memory).
int sbx_place_handler(lua_State *L);

/// Raises the error on top of the stack, which says its place already.
int sbx_rethrow(lua_State *L);

/// Raises the text on top of the stack with the plugin's place before it.
int sbx_raise(lua_State *L);

/// For the arena: the memory limit is reached.
void sbx_memory_exhausted(void *owner);

/// Ends the call as late, from the hook that the signal handler set.
void sbx_late_hook(lua_State *L, lua_Debug *unused);
/// Ends the call as late.
_Noreturn void sbx_fail_late(struct sbx *S, lua_State *L);

/// Counts instructions and ends the call when there are too many.
void sbx_charge(struct sbx *S, lua_State *L, uint64_t instructions);
void sbx_count_hook(lua_State *L, lua_Debug *unused);

/// The message handler of the outermost call: keeps message and traceback of an error in the seat.
/// Stack: takes the error, leaves it. Does not raise.
int sbx_error_handler(lua_State *L);

/// Writes the message of the error that is on top of the stack, if the handler could not.
void sbx_describe_error(struct sbx *S, lua_State *L, int status);

/// The sandbox of a state, unless there is too little stack left for a function of ours: then the call ends
/// as crashed. Every function that Lua calls begins with it. Does not touch the stack, does not raise.
static inline struct sbx *sbx_enter(lua_State *L) {
    struct sbx *S = sbx_of(L);
    if ((uintptr_t)__builtin_frame_address(0) < S->seat->stack_floor) {
        sbx_fail(S, NULL, SBX_CRASH, "the interpreter has used up the stack");
    }
    return S;
}

/// Copies text, replacing what is not UTF-8 and, if asked to, control characters. Returns how many bytes
/// were written; never cuts a character in two.
size_t sbx_clean_text(char *out, size_t room, const char *text, size_t length, bool keep_controls);

// The codec (encode.c, decode.c).

/// Pushes an encoded value. `at` moves behind it. Raises when memory runs out.
void sbx_decode(lua_State *L, const uint8_t **at, const uint8_t *end, bool null_is_nil);

enum sbx_encode_options {
    /// Functions are numbered and kept in the registry.
    SBX_ENCODE_FUNCTIONS = 1,
    /// A value for which there is no room is no failure: false is returned.
    SBX_ENCODE_AS_FITS = 2,
};

/// Appends the value at `index` to `buffer`; `what` begins its path in messages. Leaves the stack as it
/// was. May raise when memory runs out; ends the call if the value cannot cross.
bool sbx_encode(
    lua_State *L, int index, struct sbx_buffer *buffer, const char *what, unsigned options);

/// `json_encode(value) -> text` and `json_decode(text) -> value`. May raise.
int sbx_json_encode(lua_State *L);
int sbx_json_decode(lua_State *L);

/// Marks the table on top of the stack as a list. Does not raise.
void sbx_mark_list(lua_State *L);
/// Whether the table at `index` is marked. Does not raise.
bool sbx_is_marked_list(lua_State *L, int index);

/// Appends a log record; what has no more room is cut. `fields` is a stack index, or 0 for none.
/// Leaves the stack as it was. May raise (memory); ends the call if the fields cannot cross.
void sbx_log(
    lua_State *L, const char *level, size_t level_length, const char *message, size_t length, int fields);

// What is in the state (library.c and the files named lib_*.c).

/// Builds the globals that plugins see. May raise.
void sbx_open_library(lua_State *L);
/// Pushes the table of primitives. May raise.
void sbx_push_primitives(lua_State *L);
/// Pushes a chunk compiled from a source, without its byte order mark and `#!` line, and returns LUA_OK; or
/// pushes a message and returns why not. `prefix` is `@` for a plugin's own file, SBX_LIBRARY_PREFIX for one of
/// the host's library.
int sbx_compile(lua_State *L, const struct sbx_source *source, const char *prefix);
/// Pushes the text of the value at `index`, without any address. May raise: `__tostring` may.
void sbx_push_text(lua_State *L, int index);

#endif
