describe("greeting", function()
  it("greets a lead by its name", function()
    local call = test.run("greeting.welcome", { lead = { fields = { name = "Ana" } } })
    expect(call.effects):equals {
      { ["do"] = "note", text = "Welcome, Ana" },
      { ["do"] = "set", fields = { greeted = true } },
    }
  end)

  it("offers a visit to a lead with a large budget", function()
    local lead = test.lead { fields = { name = "Ana", budget = "250000" } }
    lead:assign("new-buyer")
    lead:complete("qualify/call")
    lead:advance()
    expect(lead.open):equals { "offer/visit" }
  end)

  it("offers the brochure to any other", function()
    local lead = test.lead { fields = { name = "Bo" } }
    lead:assign("new-buyer")
    lead:complete("qualify/call")
    lead:advance()
    expect(lead.open):equals { "offer/brochure" }
  end)
end)
