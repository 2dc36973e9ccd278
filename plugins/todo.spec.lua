describe("todo.add", function()
  local lead = { agent = "kim", fields = { name = "Ana" } }

  it("is for the lead's agent", function()
    local call = test.run("todo.add", { lead = lead, params = { title = "Call {{name}}" } })
    test.same({ { ["do"] = "todo", title = "Call Ana", agent = "kim" } }, call.effects)
  end)

  it("is for the agent of the trigger if there is one", function()
    local call = test.run("todo.add", { lead = lead, params = { title = "Call {{name}}", agent = "lee" } })
    test.same({ { ["do"] = "todo", title = "Call Ana", agent = "lee" } }, call.effects)
  end)

  it("is due so long after the event", function()
    local call = test.run("todo.add", {
      at = host.time.parse("2026-03-02T09:00:00Z"),
      lead = lead,
      params = { title = "Call {{name}}", due = "2 days" },
    })
    test.same("2026-03-04T09:00:00Z", call.effects[1].due)
  end)
end)
