return {
  name = "desk",
  version = "1.0.0",
  api = 1,
  needs = { "email" },
  settings = { sender = { type = "string", required = true } },
  actions = {
    welcome = {
      params = { subject = { type = "string", default = "Welcome" } },
      run = function(event, params)
        host.email.send { to = event.lead.fields.email, subject = params.subject, text = "Hello", reply_to = host.settings.sender }
        host.note.add("welcomed")
        host.todo.add { title = "Call", due = "2026-12-01", agent = "kim" }
        host.store.add("welcomed", 1)
        host.lead.store.set("first", "\u{e9}")
      end,
    },
    break_down = { run = function() error("broken on purpose") end },
    move_on = { run = function() host.lead.assign("second") end },
  },
  deciders = {
    by_score = {
      decide = function(event)
        if event.lead.fields.score == nil then error("no score") end
        return { keep = { "call" }, reason = "scored" }
      end,
    },
  },
  on = { { event = "map.close", run = function(event) host.lead.set { outcome = event.outcome } end } },
}
