describe("note.add", function()
  it("fills in the lead's fields", function()
    local call = test.run("note.add", {
      lead = { fields = { name = "Ana" } },
      params = { text = "Called {{name}}" },
    })
    test.same({ { ["do"] = "note", text = "Called Ana" } }, call.effects)
  end)

  it("fails on a field that the lead lacks", function()
    local call = test.run("note.add", { lead = { fields = {} }, params = { text = "Called {{name}}" } })
    test.same("failed", call.outcome)
  end)
end)
