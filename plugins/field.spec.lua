describe("field", function()
  it("sets fields", function()
    local call = test.run("field.set", { params = { fields = { score = 80, greeted = true } } })
    test.same({ { ["do"] = "set", fields = { score = 80, greeted = true } } }, call.effects)
  end)

  it("clears fields", function()
    local call = test.run("field.clear", { params = { fields = { "score", "city" } } })
    test.same({ { ["do"] = "set", fields = { score = host.null, city = host.null } } }, call.effects)
  end)

  it("copies a field, also when it is false", function()
    local call = test.run("field.copy", {
      lead = { fields = { insured = false } },
      params = { from = "insured", to = "insured_before" },
    })
    test.same({ { ["do"] = "set", fields = { insured_before = false } } }, call.effects)
  end)

  it("clears the copy of a field that is missing", function()
    local call = test.run("field.copy", {
      lead = { fields = {} },
      params = { from = "insurer", to = "insurer_before" },
    })
    test.same({ { ["do"] = "set", fields = { insurer_before = host.null } } }, call.effects)
  end)
end)
