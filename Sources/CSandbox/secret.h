// A secret as a program holds it: its name. What it is replaced by never enters a state.
//
// It is a userdata that can be joined with texts and other secrets, which gives another one; compared; and shown to
// people. Whatever else is done with it raises an error that says so, and no value that has one in it leaves the state.
#ifndef SBX_SECRET_H
#define SBX_SECRET_H

#include <lua.h>

/// What may be done with one, for messages, after "a secret".
#define SBX_SECRET_USE "which only headers and URLs of requests take"

/// secret(name) -> the secret of this name. May raise.
int sbx_secret(lua_State *L);

/// parts(secret) -> what is in it, in order, as a list: texts, and for each secret a table with its name under `secret`.
/// May raise.
int sbx_secret_parts(lua_State *L);

#endif
