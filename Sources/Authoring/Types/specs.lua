---@meta signalbox.specs

-- What a spec sees beside what plugins see (signalbox.lua).

---The result of a call: its effects, or why it failed.
---@class signalbox.spec.Call
---@field outcome "ok"|"failed"
---@field effects? table[]
---@field keep? string[]
---@field remove? string[]
---@field reason? string
---@field message? string
---@field traceback? string
---@field log table[]

---What happened in one moment of a lead.
---@class signalbox.spec.Moment
---@field moment integer
---@field at string
---@field fired string[] its events: `map.open`, `step.close qualify/call`
---@field effects table[]
---@field events table[]
---@field calls table[]
---@field incidents table[]
---@field conflicts table[]
---@field deliveries table[]
---@field todos table[] the to-dos that it marked as done

---@class signalbox.spec.Options
---@field by? string
---@field at? string

---@class signalbox.spec.SetOptions: signalbox.spec.Options
---@field agent? string
---@field channel? string

---@class signalbox.spec.AssignOptions: signalbox.spec.SetOptions
---@field fields? signalbox.Fields

---@class signalbox.spec.RerunOptions: signalbox.spec.Options
---@field now? boolean
---@field again? boolean

---A lead that is walked through maps.
---@class signalbox.spec.Lead
---@field id string
---@field fields signalbox.Fields
---@field agent? string
---@field channel? string
---@field open string[] the paths of its open steps
---@field journey? signalbox.Journey
---@field notes string[]
---@field todos table[] with `done`, the time, where one is done
---@field moments signalbox.spec.Moment[]
local Lead = {}

---@param map signalbox.MapID
---@param options? signalbox.spec.AssignOptions
---@return signalbox.spec.Moment
function Lead:assign(map, options) end

---@param path signalbox.StepPath
---@param options? signalbox.spec.Options
---@return signalbox.spec.Moment
function Lead:complete(path, options) end

---@param options? signalbox.spec.Options
---@return signalbox.spec.Moment
function Lead:advance(options) end

---@param path signalbox.StepPath
---@param options? signalbox.spec.Options
---@return signalbox.spec.Moment
function Lead:remove(path, options) end

---Gives the lead a status; without one, returns the lead's.
---@overload fun(self: signalbox.spec.Lead): signalbox.Status
---@param status signalbox.Status
---@param options? signalbox.spec.Options
---@return signalbox.spec.Moment
function Lead:status(status, options) end

---@param fields signalbox.Fields
---@param options? signalbox.spec.SetOptions
---@return signalbox.spec.Moment
function Lead:set(fields, options) end

---@param options? signalbox.spec.Options
---@return signalbox.spec.Moment
function Lead:retry(options) end

---Runs the call of the n-th incident of the lead again.
---@param n integer
---@param options? signalbox.spec.RerunOptions
---@return signalbox.spec.Moment
function Lead:rerun(n, options) end

---Marks the n-th to-do of the lead as done.
---@param n integer
---@param options? signalbox.spec.Options
---@return signalbox.spec.Moment
function Lead:todo_done(n, options) end

---@class signalbox.spec.Expectation
local Expectation = {}

---@param other any
function Expectation:equals(other) end

---@param other any
function Expectation:differs(other) end

---@param part any
function Expectation:contains(part) end

---@param part any
function Expectation:lacks(part) end

---@param pattern string
function Expectation:matches(pattern) end

---@param text string
function Expectation:fails(text) end

---A group of tests.
---@param name string
---@param body fun()
function describe(name, body) end

---A test. It begins anew: without leads, and with the variables that loading the file left.
---@param name string
---@param body fun()
function it(name, body) end

---Runs before each test of its group and of the groups inside it.
---@param body fun()
function before_each(body) end

---@param value any
---@return signalbox.spec.Expectation
function expect(value) end

test = {}

---@class signalbox.spec.RunOptions
---@field lead? table
---@field params? table
---@field event? table
---@field at? string
---@field steps? string[]
---@field settings? table
---@field store? table

---Calls one function: `PLUGIN.ACTION`, `PLUGIN.DECIDER` or `PLUGIN/on/N`.
---@param name signalbox.FunctionName
---@param options? signalbox.spec.RunOptions
---@return signalbox.spec.Call
function test.run(name, options) end

---@class signalbox.spec.LeadOptions
---@field id? string
---@field fields? signalbox.Fields
---@field agent? string
---@field channel? string
---@field incidents? boolean whether a command may leave an incident

---A lead to be walked through maps.
---@param options? signalbox.spec.LeadOptions
---@return signalbox.spec.Lead
function test.lead(options) end

---Moves the clock of the test.
---@param amount signalbox.Duration
function test.wait(amount) end

---Sets what a plugin keeps for all leads.
---@param plugin string
---@param values table
function test.store(plugin, values) end

---A file of the workspace for this spec.
---@param path string
---@param text string
function test.file(path, text) end

---`expect(actual):equals(expected)`
---@param expected any
---@param actual any
function test.same(expected, actual) end
