// What the sandbox keeps in the registry of a state.
#ifndef SBX_REGISTRY_H
#define SBX_REGISTRY_H

#include <lua.h>

/// Keys of the registry, by address.
extern const char sbx_functions_key;   // functions among the exports, by number
extern const char sbx_list_key;        // the metatable that marks a table as a list
extern const char sbx_cursor_key;      // where `next` is
extern const char sbx_loaded_key;      // what `require` has loaded, by name
extern const char sbx_names_key;       // the strings of the known names, by number; then the metatables of declared tables
extern const char sbx_secret_key;      // the metatable of secrets (secret.h), once there is one
extern const char sbx_late_key;        // the metatable of late tables (late.h); in such a table, its number
extern const char sbx_declared_key;    // not in the registry: in the metatables of declared tables (declared.h)

#endif
