describe("choose.by_field", function()
  local params = {
    field = "insurer",
    cases = {
      public = { note = "{{name}} needs a referral", set = { referral = true } },
      none = { status = "lost" },
      private = { emit = "private" },
    },
    otherwise = { note = "Ask {{name}} for the insurer" },
  }

  local function effects(fields)
    return test.run("choose.by_field", { lead = { fields = fields }, params = params }).effects
  end

  it("runs the case of the field's value, setting fields first", function()
    test.same({
      { ["do"] = "set", fields = { referral = true } },
      { ["do"] = "note", text = "Ana needs a referral" },
    }, effects { name = "Ana", insurer = "public" })
  end)

  it("changes the status", function()
    test.same({ { ["do"] = "status", to = "lost" } }, effects { insurer = "none" })
  end)

  it("emits an event for others to subscribe to", function()
    test.same({
      { ["do"] = "emit", event = "choose.private", payload = { value = "private" } },
    }, effects { insurer = "private" })
  end)

  it("runs otherwise when no case fits", function()
    test.same({ { ["do"] = "note", text = "Ask Ana for the insurer" } }, effects { name = "Ana" })
  end)

  it("fails on an effect that it does not know", function()
    local call = test.run("choose.by_field", {
      lead = { fields = {} },
      params = { field = "insurer", cases = {}, otherwise = { mail = "typo" } },
    })
    test.same("failed", call.outcome)
  end)
end)
