#include "registry.h"

const char sbx_functions_key, sbx_list_key, sbx_cursor_key, sbx_loaded_key, sbx_names_key,
    sbx_secret_key, sbx_late_key, sbx_declared_key;
