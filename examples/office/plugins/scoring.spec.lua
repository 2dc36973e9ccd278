describe("scoring.score", function()
  local function score(fields)
    return test.run("scoring.score", { lead = { fields = fields } }).effects
  end

  it("adds up what is known", function()
    test.same(
      { { ["do"] = "set", fields = { score = 80, region = "north" } } },
      score { postcode = "10037", budget = 200000, mail = "ana@example.com" }
    )
  end)

  it("takes a postcode that is a number too, and knows when there is no office", function()
    test.same({ { ["do"] = "set", fields = { score = 40, region = "south" } } }, score { postcode = 80331 })
    test.same({ { ["do"] = "set", fields = { score = 0 } } }, score { postcode = "99999" })
  end)
end)

describe("scoring.by_score", function()
  it("keeps the visit from `least` points on", function()
    local call = test.run("scoring.by_score", { lead = { fields = { score = 60 } }, params = { least = 60 } })
    test.same({ "visit" }, call.keep)
  end)
end)
