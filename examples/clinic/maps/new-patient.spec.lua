describe("new-patient", function()
  local function patient(fields, channel)
    local lead = test.lead { agent = "kim", channel = channel or "web", fields = fields }
    lead:assign("new-patient")
    return lead
  end

  it("welcomes who comes by the web, and nobody who telephones", function()
    local ana = patient { name = "Ana", email = "ana@example.com" }
    expect(ana.moments[1].effects):contains { ["do"] = "email", subject = "Welcome, Ana" }
    local cleo = patient({ name = "Cleo" }, "phone")
    expect(cleo.moments[1].effects):equals { { ["do"] = "todo", title = "Call Cleo", agent = "kim" } }
  end)

  it("asks a public insurer's patient for a referral alone (R10)", function()
    local lead = patient { name = "Ana", email = "ana@example.com", insurer = "public" }
    lead:complete("contact/call")
    local moment = lead:advance()
    expect(moment.fired):contains("step.open insurance/referral")
    expect(moment.fired):contains("step.remove insurance/deposit")
    expect(moment.effects):equals {
      { ["do"] = "email", to = "ana@example.com", subject = "Please bring a referral" },
    }
  end)

  it("waits for the insurer, whose field closes its step (R20)", function()
    local lead = patient { name = "Cleo", email = "cleo@example.com" }
    lead:complete("contact/call")
    expect(function() lead:advance() end):fails("insurer")
    expect(lead:set({ insurer = "none" }).fired):contains("step.close contact/insurer")
  end)

  it("is held where the map does not know the insurer, until that is put right (R34)", function()
    local lead = test.lead {
      fields = { name = "Dov", email = "dov@example.com", insurer = "travel" }, incidents = true,
    }
    lead:assign("new-patient")
    lead:complete("contact/call")
    expect(lead:advance().incidents[1]):contains { run = "pick.by_field", reason = "error" }
    expect(lead.journey.tracks):contains { insurance = "held", costs = "open" }
    lead:set { insurer = "private" }
    lead:retry()
    expect(lead.journey.steps):contains {
      ["insurance/referral"] = "removed", ["insurance/approval"] = "open", ["insurance/deposit"] = "open",
    }
  end)

  it("wins the patient with the first treatment", function()
    local lead = patient { name = "Ana", email = "ana@example.com", insurer = "none" }
    lead:complete("contact/call")
    lead:advance()
    lead:complete("insurance/deposit")
    lead:complete("treatment/appointment")
    expect(lead:status()):equals("won")
    expect(lead.notes):equals { "Ana is a patient now" }
  end)
end)
