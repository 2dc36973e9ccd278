#!lua name=journey
-- The workload of `signalbox-bench engine` as a function of Redis: the same map, the same trigger, the same
-- journal. One call carries out one command; what it changes reaches the append-only file whole or not at all.
--
-- lead:ID  hash    status, states of tracks and steps (one letter each), counters, and the fields as f:NAME
-- journal  stream  one entry a command: the lead, the moment, the command and the journal's JSON lines

local map_name = "journey"
local track_count, steps_in_track = 5, 3
local open, closed, waiting, cancelled = "o", "c", "w", "x"

local tracks, steps, places = {}, {}, {}
for t = 1, track_count do
  tracks[t] = "t" .. t
  for s = 1, steps_in_track do
    local index = #steps + 1
    steps[index] = { track = t, name = "s" .. s, field = "t" .. t .. "s" .. s }
    places["t" .. t .. "/s" .. s] = index
  end
end

-- What a trigger's action is given and what it asks for: fields to set.
local actions = {
  ["field.set"] = function(_, params) return params.fields end,
}
local triggers = {}
for index = 1, #steps do
  local step = steps[index]
  triggers[index] = {
    name = map_name .. "/" .. tracks[step.track] .. "/" .. step.name .. "/close/1",
    run = "field.set", params = { fields = { [step.field] = true } },
  }
end

local function put(text, index, letter)
  return text:sub(1, index - 1) .. letter .. text:sub(index + 1)
end

local function first_step(track) return (track - 1) * steps_in_track + 1 end

local function states_of(track, states)
  local first = first_step(track)
  return states:sub(first, first + steps_in_track - 1)
end

local function execute(keys, args)
  local key, verb, what, by, at = keys[1], args[1], args[2], args[3], args[4]
  local lead = key:sub(6)
  local kept = redis.call("HMGET", key, "status", "tracks", "steps", "seq", "moment")
  local track_states, step_states = kept[2] or "", kept[3] or ""
  local seq, moment = tonumber(kept[4] or 0), tonumber(kept[5] or 0) + 1
  local is_active = kept[1] == "open" and track_states ~= ""
  local lines, changes = {}, {}
  local instant = 1

  local function head(kind)
    return '{"type":"' .. kind .. '","lead":"' .. lead .. '","moment":' .. moment .. ',"instant":' .. instant
  end
  local function fire(name, place, who)
    seq = seq + 1
    lines[#lines + 1] = head("event") .. ',"seq":' .. seq .. ',"event":"' .. name .. '","map":"' .. map_name
      .. '"' .. place .. ',"by":"' .. who .. '","at":"' .. at .. '"}'
    return seq
  end
  local function at_track(t) return ',"track":"' .. tracks[t] .. '"' end
  local function at_step(index) return at_track(steps[index].track) .. ',"step":"' .. steps[index].name .. '"' end
  local function open_track(t, who)
    track_states = put(track_states, t, open)
    fire("track.open", at_track(t), who)
    for index = first_step(t), first_step(t) + steps_in_track - 1 do
      step_states = put(step_states, index, open)
      fire("step.open", at_step(index), who)
    end
  end

  if verb == "assign" then
    if what ~= map_name then return redis.error_reply("unknown_map") end
    if is_active then return redis.error_reply("already_on_map") end
    for index = 6, #args, 2 do
      changes[#changes + 1] = "f:" .. args[index]
      changes[#changes + 1] = args[index + 1]
    end
    track_states, step_states = waiting:rep(track_count), waiting:rep(#steps)
    changes[#changes + 1] = "status"
    changes[#changes + 1] = "open"
    fire("map.open", "", by)
    open_track(1, by)
  elseif not kept[5] then
    return redis.error_reply("unknown_lead")
  elseif verb == "complete" then
    local index = places[what]
    if not is_active then return redis.error_reply("journey_closed") end
    if not index then return redis.error_reply("unknown_step") end
    if step_states:sub(index, index) ~= open then return redis.error_reply("step_not_open") end
    local track = steps[index].track
    step_states = put(step_states, index, closed)
    local event = fire("step.close", at_step(index), by)
    local is_done = not states_of(track, step_states):find(open, 1, true)
    if is_done then
      track_states = put(track_states, track, closed)
      fire("track.close", at_track(track), by)
    end
    local trigger = triggers[index]
    if trigger then
      local fields = actions[trigger.run]({ name = "step.close", step = what }, trigger.params)
      for name, value in pairs(fields) do
        changes[#changes + 1] = "f:" .. name
        changes[#changes + 1] = cjson.encode(value)
      end
      lines[#lines + 1] = head("call") .. ',"seq":' .. event .. ',"run":"' .. trigger.run .. '","trigger":"'
        .. trigger.name .. '","outcome":"ok","effects":[{"do":"set","fields":' .. cjson.encode(fields) .. "}]}"
    end
    local next_track = is_done and track_states:find(waiting, 1, true)
    if next_track then
      instant = 2
      open_track(next_track, "engine")
    end
  elseif verb == "status" then
    changes[#changes + 1] = "status"
    changes[#changes + 1] = what
    if is_active and what ~= "open" then
      local paths = {}
      for index, step in ipairs(steps) do
        if step_states:sub(index, index) == open then
          paths[#paths + 1] = '"' .. tracks[step.track] .. "/" .. step.name .. '"'
        end
      end
      step_states = step_states:gsub(open, cancelled)
      track_states = track_states:gsub(open, cancelled)
      fire("map.close", ',"outcome":"' .. what .. '","cancelled":[' .. table.concat(paths, ",") .. "]", by)
    end
  else
    return redis.error_reply("unknown_command")
  end

  redis.call("HSET", key, "tracks", track_states, "steps", step_states, "seq", seq, "moment", moment,
    unpack(changes))
  redis.call("XADD", "journal", "*", "lead", lead, "moment", moment, "command", args[5],
    "journal", table.concat(lines, "\n"))
  return moment
end

redis.register_function("execute", execute)
