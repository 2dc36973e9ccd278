describe("note.add", function()
  it("fills in the lead's fields", function()
    local call = test.run("note.add", {
      lead = { fields = { name = "Ana" } },
      params = { text = "Called {{name}}" },
    })
    test.same({ { ["do"] = "note", text = "Called Ana" } }, call.effects)
  end)

  it("fills in the lead's id, agent and channel, unless a field has the name", function()
    local call = test.run("note.add", {
      lead = { id = "L1", agent = "kim", channel = "form", fields = { channel = "fair" } },
      params = { text = "{{id}}, {{agent}}, {{channel}}" },
    })
    test.same({ { ["do"] = "note", text = "L1, kim, fair" } }, call.effects)
  end)

  it("fails on a field that the lead lacks", function()
    local call = test.run("note.add", { lead = { fields = {} }, params = { text = "Called {{name}}" } })
    test.same("failed", call.outcome)
  end)
end)
