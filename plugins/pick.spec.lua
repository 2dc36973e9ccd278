describe("pick.by_field", function()
  local keep = { public = { "referral" }, private = { "approval", "deposit" } }

  it("keeps the steps of the field's value", function()
    local call = test.run("pick.by_field", {
      lead = { fields = { insurer = "private" } },
      params = { field = "insurer", keep = keep },
    })
    test.same({ "approval", "deposit" }, call.keep)
    test.same("insurer is private", call.reason)
  end)

  it("keeps the steps of otherwise when no case fits", function()
    local call = test.run("pick.by_field", {
      lead = { fields = {} },
      params = { field = "insurer", keep = keep, otherwise = { "deposit" } },
    })
    test.same({ "deposit" }, call.keep)
  end)

  it("fails when no case fits and there is no otherwise, so that the map's fallback decides", function()
    local call = test.run("pick.by_field", {
      lead = { fields = {} },
      params = { field = "insurer", keep = keep },
    })
    test.same("failed", call.outcome)
  end)
end)
