---@meta signalbox

-- What a plugin of Signalbox sees beside Lua itself, for editors and linters. Comments before a function say what it does.
-- What can be done with the fields, maps and plugins of this workspace is in workspace.lua.

---A text, a number, a boolean, a list, a table or `host.null`: what can leave the sandbox.
---@alias signalbox.Value string|number|boolean|table|lightuserdata
---A time in milliseconds since 1970, UTC.
---@alias signalbox.Time integer
---Milliseconds, or a text such as `2 days` or `1h 30m`.
---@alias signalbox.Duration integer|string
---@alias signalbox.Status "open"|"closed"|"won"|"lost"
---@alias signalbox.TrackState "waiting"|"held"|"open"|"closed"|"cancelled"
---@alias signalbox.StepState "waiting"|"open"|"closed"|"skipped"|"removed"|"cancelled"
---An address, or a list of addresses.
---@alias signalbox.Addresses string|string[]

---The fields of a lead. Those that this workspace uses are in workspace.lua; there may be others.
---@class signalbox.Fields
---@field [string] any

---@class signalbox.Lead
---@field id string
---@field status signalbox.Status
---@field agent? string
---@field channel? string
---@field fields signalbox.Fields

---The states of the tracks, by their ids.
---@class signalbox.Tracks
---@field [string] signalbox.TrackState

---The states of the steps, by their paths.
---@class signalbox.Steps
---@field [string] signalbox.StepState

---@class signalbox.Journey
---@field map signalbox.MapID
---@field version string
---@field tracks signalbox.Tracks
---@field steps signalbox.Steps

---What happened, and the lead it happened to: the call's own copy.
---@class signalbox.Event
---@field id? string `LEAD:SEQ`; a decider's event has none yet
---@field seq? integer its number among its lead's events
---@field name string `step.close` and so on
---@field at signalbox.Time
---@field by string who caused it: the command's `by`, `plugin:NAME`, `mirror` or `engine`
---@field map? signalbox.MapID
---@field track? string
---@field step? string
---@field payload? any of a custom event and of `delivery.failed`
---@field outcome? "closed"|"won"|"lost"|"left" of `map.close` and `map.leave`
---@field cancelled? string[] of `map.close` and `map.leave`: the paths of the cancelled steps
---@field steps? string[] for a decider: the ids to choose from
---@field lead signalbox.Lead
---@field journey? signalbox.Journey

---What a decider returns: either `keep` or `remove`, with ids out of `event.steps`.
---@class signalbox.Decision
---@field keep? string[]
---@field remove? string[]
---@field reason? string

---@class signalbox.Parameter
---@field type "string"|"integer"|"number"|"boolean"|"list"|"table"|"duration"|"map"|"step"|"template"
---@field default? any
---@field required? boolean
---@field enum? any[] the values that are allowed
---@field least? number|string
---@field most? number|string
---@field format? "email"|"url"
---@field filled? boolean whether the plugin fills the text in, so that `{{name}}` in it is allowed
---@field summary? string

---@class signalbox.Action
---@field summary? string
---@field params? table<string, signalbox.Parameter>
---@field outlives_journey? boolean
---@field run fun(event: signalbox.Event, params: table)

---@class signalbox.Decider
---@field summary? string
---@field params? table<string, signalbox.Parameter>
---@field decide fun(event: signalbox.Event, params: table): signalbox.Decision

---@class signalbox.Subscription
---@field event string an event's name, or `*` in its second half: `step.*`
---@field map? signalbox.MapID
---@field at? string a path, or one with `*`
---@field priority? integer the higher runs first
---@field run fun(event: signalbox.Event)

---What the file of a plugin returns.
---@class signalbox.Plugin
---@field name string the file's or folder's name
---@field version? string
---@field api 1
---@field summary? string
---@field needs? string[] capabilities: `email`, `webhook`
---@field emits? string[] the plugin's own events, each as `PLUGIN.NAME`
---@field settings? table<string, signalbox.Parameter> given in signalbox.yaml, read as `host.settings`
---@field actions? table<string, signalbox.Action>
---@field deciders? table<string, signalbox.Decider>
---@field on? signalbox.Subscription[]

---A secret, and the texts joined to it. The plugin never sees the secret itself.
---@class signalbox.Secret
---@operator concat(string|number|signalbox.Secret): signalbox.Secret

---@class signalbox.Message
---@field to? signalbox.Addresses
---@field cc? signalbox.Addresses
---@field bcc? signalbox.Addresses
---@field reply_to? signalbox.Addresses
---@field subject? string
---@field text? string
---@field html? string
---@field template? string the name of a template of the workspace, in place of a subject and a text
---@field values? table<string, signalbox.Value> what the template's `{{name}}` are filled in with
---@field headers? table<string, string>

---@class signalbox.Todo
---@field title string
---@field due? signalbox.Time|string a time, or a text such as `2026-11-22T09:00:00Z`
---@field agent? string

---What a plugin asks of its host.
host = {}

---Represents no value, in JSON and in `host.lead.set`.
---@type lightuserdata
host.null = nil

---The plugin's settings.
---@type table<string, any>
host.settings = {}

---A table that is a list also when it is empty.
---@generic T
---@param items? T[]
---@return T[]
function host.list(items) end

---Like `math.random`, and the same for the same lead, event and trigger.
---@overload fun(): number
---@overload fun(most: integer): integer
---@param least integer
---@param most integer
---@return integer
function host.random(least, most) end

---A secret that the operator granted to the plugin. Only headers and URLs of requests take it.
---@param name string
---@return signalbox.Secret
function host.secret(name) end

---The event's lead.
host.lead = {}

---Sets fields; `host.null` clears one.
---@param fields signalbox.Fields
function host.lead.set(fields) end

---Gives the lead an agent.
---@param name string
function host.lead.agent(name) end

---Gives the lead a status.
---@param status signalbox.Status
function host.lead.status(status) end

---Assigns the lead to another map.
---@param map signalbox.MapID
function host.lead.assign(map) end

---Completes an open step.
---@param path signalbox.StepPath
function host.lead.complete(path) end

---Skips the optional steps of the current track.
function host.lead.advance() end

---Takes an open step out of a flex track.
---@param path signalbox.StepPath
function host.lead.remove(path) end

---The plugin's stored values for the event's lead.
host.lead.store = {}

---A stored value or nil, with the call's own writes.
---@param key string
---@return any
function host.lead.store.get(key) end

---Stores a value; nil deletes it.
---@param key string
---@param value? signalbox.Value
function host.lead.store.set(key, value) end

---Adds to a stored number.
---@param key string
---@param number number
function host.lead.store.add(key, number) end

---The plugin's stored values for all leads.
host.store = {}

---A stored value or nil, with the call's own writes.
---@param key string
---@return any
function host.store.get(key) end

---Stores a value; nil deletes it. The last writer wins.
---@param key string
---@param value? signalbox.Value
function host.store.set(key, value) end

---Adds to a stored number, whatever others add.
---@param key string
---@param number number
function host.store.add(key, number) end

---Events of the plugin's own.
host.bus = {}

---Fires an event that is named `PLUGIN.something` with the plugin's own name.
---@param name string
---@param payload? signalbox.Value
function host.bus.emit(name, payload) end

host.note = {}

---Puts a note on the lead's record.
---@param text string
function host.note.add(text) end

host.todo = {}

---Puts a to-do on the lead's record.
---@param todo signalbox.Todo
function host.todo.add(todo) end

host.email = {}

---Sends a mail, with a subject or a template; needs `email`.
---@param message signalbox.Message
function host.email.send(message) end

host.webhook = {}

---Sends a webhook to an endpoint by its name in signalbox.yaml; needs `webhook`.
---@param endpoint string
---@param payload? signalbox.Value
function host.webhook.send(endpoint, payload) end

---Lines in the log and on the lead's timeline, kept also when the call fails.
host.log = {}

---@param message any
---@param fields? table<string, signalbox.Value>
function host.log.debug(message, fields) end

---@param message any
---@param fields? table<string, signalbox.Value>
function host.log.info(message, fields) end

---@param message any
---@param fields? table<string, signalbox.Value>
function host.log.warn(message, fields) end

---@param message any
---@param fields? table<string, signalbox.Value>
function host.log.error(message, fields) end

host.text = {}

---Puts values into a text: `Dear {{name}}`. A missing value is an error.
---@param template string
---@param values table<string, string|number|boolean>
---@param others? table<string, string|number|boolean> has what `values` lacks
---@return string
function host.text.fill(template, values, others) end

host.time = {}

---The moment's time. It stays the same during a moment.
---@return signalbox.Time
function host.time.now() end

---A later time, or an earlier one: `-2 days`.
---@param time signalbox.Time
---@param amount signalbox.Duration
---@return signalbox.Time
function host.time.add(time, amount) end

---`2026-11-22T09:00:00Z`, or by a pattern of `os.date`; UTC.
---@param time signalbox.Time
---@param pattern? string
---@return string
function host.time.format(time, pattern) end

---The time that a text says; nil and a message for what is not a time.
---@param text string
---@return signalbox.Time? time
---@return string? message
function host.time.parse(text) end

host.json = {}

---@param value signalbox.Value
---@return string
function host.json.encode(value) end

---@param text string
---@return any
function host.json.decode(text) end

-- The sandbox's own part of what editors take for Lua's `os` and `package`.

os = {}

---@param format? string
---@param time? integer
---@return string|table
function os.date(format, time) end

---@param date? table
---@return integer
function os.time(date) end

---Another file of the plugin's folder, by its path with dots.
---@param name string
---@return any
function require(name) end
