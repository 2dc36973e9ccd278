-- What a plugin sees: Lua 5.4 without what the sandbox lacks, and the host. `luacheck plugins`

stds.sandbox = {
  read_globals = {
    "_G", "_VERSION", "assert", "error", "getmetatable", "ipairs", "load", "next", "pairs", "pcall", "print",
    "rawequal", "rawget", "rawlen", "rawset", "require", "select", "setmetatable", "tonumber", "tostring",
    "type", "warn", "xpcall",
    coroutine = {
      fields = {
        "close", "create", "isyieldable", "resume", "running", "status", "wrap", "yield",
      },
    },
    math = {
      fields = {
        "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max",
        "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "randomseed", "sin", "sqrt", "tan",
        "tointeger", "type", "ult",
      },
    },
    os = { fields = { "date", "time" } },
    string = {
      fields = {
        "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize",
        "rep", "reverse", "sub", "unpack", "upper",
      },
    },
    table = { fields = { "concat", "insert", "move", "pack", "remove", "sort", "unpack" } },
    utf8 = { fields = { "char", "charpattern", "codepoint", "codes", "len", "offset" } },
    host = {
      fields = {
        "list", "null", "random", "secret",
        bus = { fields = { "emit" } },
        email = { fields = { "send" } },
        json = { fields = { "decode", "encode" } },
        lead = {
          fields = {
            "advance", "agent", "assign", "complete", "remove", "set", "status",
            store = { fields = { "add", "get", "set" } },
          },
        },
        log = { fields = { "debug", "error", "info", "warn" } },
        note = { fields = { "add" } },
        settings = { other_fields = true },
        store = { fields = { "add", "get", "set" } },
        text = { fields = { "fill" } },
        time = { fields = { "add", "format", "now", "parse" } },
        todo = { fields = { "add" } },
        webhook = { fields = { "send" } },
      },
    },
  },
}

stds.spec = {
  read_globals = {
    "before_each", "describe", "expect", "it",
    test = { fields = { "file", "lead", "run", "same", "store", "wait" } },
  },
}

std = "sandbox"
max_line_length = 120
exclude_files = { ".signalbox" }
files["**/*.spec.lua"] = { std = "sandbox+spec" }
