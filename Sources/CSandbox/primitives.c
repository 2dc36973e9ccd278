// What the host's library is given, and through it the plugin: the only ways out of the state.
#include <lauxlib.h>
#include <string.h>

#include "primitives.h"
#include "codec.h"
#include "declared.h"
#include "fail.h"
#include "json.h"
#include "late.h"
#include "log.h"
#include "marks.h"
#include "place.h"
#include "secret.h"
#include "state.h"
#include "text.h"

#include "cuttable.h"

/// Notes the optional name at `index` as that of the function which asks, for messages. Raises if it is
/// something else.
static struct sbx *asked_by(lua_State *L, int index) {
    struct sbx *S = sbx_enter(L);
    S->asker = luaL_optstring(L, index, NULL);
    S->host_calls++;
    return S;
}

/// Raises at load time: nothing happens there.
static void check_in_call(struct sbx *S, lua_State *L) {
    if (S->phase == SBX_CALLING) return;
    lua_pushfstring(
        L, "%s%sthe host cannot be called while the file is loaded", S->asker ? S->asker : "",
        S->asker ? ": " : "");
    S->asker = NULL;
    sbx_raise(L);
}

/// record(value [, name]). May raise; ends the call if the value cannot cross or may not.
static int record(lua_State *L) {
    luaL_checkany(L, 1);
    struct sbx *S = asked_by(L, 2);
    check_in_call(S, L);
    if (!S->input->may_record) {
        sbx_fail(S, L, SBX_REFUSED, "this call only decides; it cannot record effects");
    }
    if (S->record_count >= S->limits.effect_count) {
        sbx_fail(S, L, SBX_EFFECTS, "more than %zu effects", S->limits.effect_count);
    }
    sbx_encode(L, 1, &S->seat->effects, "effect", 0);
    S->record_count++;
    S->asker = NULL;
    return 0;
}

/// log(level, message, fields [, name]). May raise; ends the call if the fields cannot cross.
static int log_record(lua_State *L) {
    size_t level_length, length;
    const char *level = luaL_checklstring(L, 1, &level_length);
    const char *message = luaL_checklstring(L, 2, &length);
    bool has_fields = !lua_isnoneornil(L, 3);
    if (has_fields) luaL_checktype(L, 3, LUA_TTABLE);
    struct sbx *S = asked_by(L, 4);
    sbx_log(L, level, level_length, message, length, has_fields ? 3 : 0);
    S->asker = NULL;
    return 0;
}

/// lookup(value [, name]) -> value. May raise; ends the call if the value cannot cross.
static int lookup(lua_State *L) {
    luaL_checkany(L, 1);
    struct sbx *S = asked_by(L, 2);
    check_in_call(S, L);
    if (!S->input->lookup) {
        S->asker = NULL;
        return luaL_error(L, "this call cannot look anything up");
    }
    // The question lies behind the effects, where the next one would be written.
    struct sbx_buffer scratch = S->seat->effects;
    scratch.start += scratch.length;
    scratch.limit -= scratch.length;
    scratch.length = 0;
    sbx_encode(L, 1, &scratch, "", 0);
    struct sbx_bytes question = {scratch.start, scratch.length}, answer = {NULL, 0};
    sbx_begin_leaf(S);
    S->input->lookup(S->input->lookup_owner, question, &answer);
    S->asker = NULL;
    sbx_end_leaf(S, L);
    const uint8_t *at = answer.start;
    sbx_decode(L, &at, at + answer.count, true);
    return 1;
}

/// fail(reason, message): ends the call. Does not return.
static int fail(lua_State *L) {
    struct sbx *S = sbx_enter(L);
    size_t detail_length, length;
    const char *detail = luaL_checklstring(L, 1, &detail_length);
    const char *message = luaL_checklstring(L, 2, &length);
    S->seat->detail_length =
        sbx_clean_text(S->seat->detail, sizeof S->seat->detail, detail, detail_length, false);
    sbx_fail(S, L, SBX_REFUSED, "%.*s", (int)(length < 4096 ? length : 4096), message);
}

/// context() -> value. May raise (memory).
static int context(lua_State *L) {
    struct sbx *S = sbx_enter(L);
    if (S->phase != SBX_CALLING || S->input->context.count == 0) return 0;
    const uint8_t *at = S->input->context.start;
    sbx_decode(L, &at, at + S->input->context.count, true);
    return 1;
}

/// changing() -> an empty table that calls may change: it is none of what stays as the library made it (arena.h). May
/// raise (memory).
static int changing(lua_State *L) {
    struct sbx *S = sbx_enter(L);
    bool was_settling = sbx_arena_settle(&S->arena, false);
    lua_newtable(L);
    sbx_arena_settle(&S->arena, was_settling);
    return 1;
}

/// raise(text): raises the text with the place of the plugin's own code before it. Does not return.
static int raise_text(lua_State *L) {
    sbx_enter(L);
    luaL_checkstring(L, 1);
    lua_settop(L, 1);
    return sbx_raise(L);
}

/// show(value) -> its text, for people. May raise: `__tostring` may.
static int show(lua_State *L) {
    sbx_enter(L);
    luaL_checkany(L, 1);
    sbx_push_shown(L, 1);
    return 1;
}

/// list(table) -> the same table, marked. Raises if it is not a table. May raise (memory).
static int list(lua_State *L) {
    sbx_enter(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    sbx_make_late(L, 1);
    lua_settop(L, 1);
    sbx_mark_list(L);
    return 1;
}

/// Adds the functions that plugins call as they are to the names for messages. Stack: the primitives on top,
/// unchanged. May raise.
static void name_json(lua_State *L) {
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_newtable(L);
    lua_getfield(L, -3, "json_encode");
    lua_setfield(L, -2, "encode");
    lua_getfield(L, -3, "json_decode");
    lua_setfield(L, -2, "decode");
    lua_setfield(L, -2, "json");
    lua_pop(L, 1);
}

void sbx_push_primitives(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"record", record},   {"log", log_record}, {"lookup", lookup},
        {"fail", fail},       {"raise", raise_text},    {"context", context}, {"list", list},
        {"show", show},       {"secret", sbx_secret},   {"secret_parts", sbx_secret_parts},
        {"json_encode", sbx_json_encode}, {"json_decode", sbx_json_decode}, {"declare", sbx_declare_tables},
        {"changing", changing},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
    name_json(L);
    lua_pushlightuserdata(L, SBX_NULL);
    lua_setfield(L, -2, "null");
}
