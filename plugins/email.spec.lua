test.file("templates/new-lead.txt", "A new lead: {{name}}")

describe("email.send", function()
  local lead = { fields = { name = "Ana", email = "ana@example.com" } }

  it("writes to the lead's own address and fills in the fields", function()
    local call = test.run("email.send", {
      lead = lead,
      params = { subject = "Welcome, {{name}}", text = "Good to have you here." },
    })
    test.same({
      { ["do"] = "email", to = "ana@example.com", subject = "Welcome, Ana", text = "Good to have you here." },
    }, call.effects)
  end)

  it("writes to the address of the trigger if there is one", function()
    local call = test.run("email.send", {
      lead = lead,
      params = { to = "desk@example.com", template = "new-lead" },
    })
    test.same({
      {
        ["do"] = "email",
        to = "desk@example.com",
        template = "new-lead",
        values = { id = "L1", name = "Ana", email = "ana@example.com" },
      },
    }, call.effects)
  end)

  it("fills in the address too, with fields and the lead's id, agent and channel", function()
    local call = test.run("email.send", {
      lead = { id = "L1", agent = "kim", channel = "form", fields = { team = "north" } },
      params = { to = "{{agent}}@{{team}}.example.com", subject = "{{id}} came by {{channel}}" },
    })
    test.same({
      { ["do"] = "email", to = "kim@north.example.com", subject = "L1 came by form" },
    }, call.effects)
  end)

  it("fails where nothing can be filled in", function()
    local call = test.run("email.send", {
      lead = lead,
      params = { to = "{{agent}}@example.com", subject = "Welcome" },
    })
    test.same("failed", call.outcome)
  end)

  it("fails without an address", function()
    local call = test.run("email.send", { lead = { fields = {} }, params = { subject = "Welcome" } })
    test.same("failed", call.outcome)
  end)
end)
