/// A plugin that does what its parameters say: each parameter of `act` is one thing to do, in the order in
/// which they are declared.
let probe = #"""
    -- What is at a path such as lead.fields.score, as text.
    local function look(event, path)
      local value = event
      for name in path:gmatch("[^.]+") do
        if type(value) ~= "table" then return path .. ": nil" end
        value = value[name]
      end
      return path .. ": " .. (type(value) == "table" and host.json.encode(value) or tostring(value))
    end

    local function log(event, paths)
      for _, path in ipairs(paths or {}) do
        host.log.info(look(event, path))
      end
    end

    return {
      name = "probe",
      version = "1.0.0",
      api = 1,
      needs = { "email" },
      actions = {
        act = {
          params = {
            saw = { type = "list" },
            saw_store = { type = "string" },
            set = { type = "table" },
            copy = { type = "table" },
            clear = { type = "string" },
            agent = { type = "string" },
            note = { type = "string" },
            todo = { type = "string" },
            email = { type = "string" },
            store = { type = "table" },
            count = { type = "string" },
            emit = { type = "list" },
            times = { type = "integer", default = 1 },
            complete = { type = "list" },
            remove = { type = "string" },
            advance = { type = "boolean" },
            assign = { type = "string" },
            status = { type = "string" },
            fail = { type = "string" },
          },
          run = function(event, params)
            log(event, params.saw)
            if params.saw_store then
              host.log.info(params.saw_store .. " is " .. tostring(host.store.get(params.saw_store)))
            end
            host.lead.set(params.set or {})
            for from, to in pairs(params.copy or {}) do
              local value = event.lead.fields[from]
              host.lead.set { [to] = value == nil and host.null or value }
            end
            if params.clear then host.lead.set { [params.clear] = host.null } end
            if params.agent then host.lead.agent(params.agent) end
            if params.note then host.note.add(params.note) end
            if params.todo then host.todo.add { title = params.todo } end
            if params.email then host.email.send { to = params.email, subject = "Hello" } end
            for key, value in pairs(params.store or {}) do host.store.set(key, value) end
            if params.count then host.store.add(params.count, 1) end
            for _ = 1, params.times do
              for _, name in ipairs(params.emit or {}) do host.bus.emit("probe." .. name) end
            end
            for _, path in ipairs(params.complete or {}) do host.lead.complete(path) end
            if params.remove then host.lead.remove(params.remove) end
            if params.advance then host.lead.advance() end
            if params.assign then host.lead.assign(params.assign) end
            if params.status then host.lead.status(params.status) end
            if params.fail then error(params.fail, 0) end
          end,
        },
      },
      deciders = {
        -- Keeps the steps that are listed for the value of `field`, and fails on "boom".
        pick = {
          params = {
            field = { type = "string", default = "kind" },
            keep = { type = "table", required = true },
            saw = { type = "list" },
          },
          decide = function(event, params)
            log(event, params.saw)
            local value = event.lead.fields[params.field]
            if value == "boom" then error("boom", 0) end
            return { keep = params.keep[tostring(value)] or {} }
          end,
        },
      },
    }
    """#
