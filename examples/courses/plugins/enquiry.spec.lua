describe("enquiry.clean", function()
  it("clears what says Select and nothing else", function()
    local call = test.run("enquiry.clean", {
      lead = { fields = { specialization = "Select", city = "Mumbai" } },
      params = { fields = { "specialization", "city" } },
      settings = { relay = "relay.example.com" },
    })
    test.same({ { ["do"] = "set", fields = { specialization = host.null } } }, call.effects)
  end)
end)

describe("enquiry.mail", function()
  it("writes to the id at the relay", function()
    local call = test.run("enquiry.mail", {
      lead = { id = "c-01", fields = {} },
      params = { subject = "Welcome" },
      settings = { relay = "relay.example.com" },
    })
    test.same({ { ["do"] = "email", to = "c-01@relay.example.com", subject = "Welcome" } }, call.effects)
  end)
end)

describe("enquiry.by_interest", function()
  local function keep(fields)
    return test.run("enquiry.by_interest", {
      lead = { fields = fields },
      settings = { relay = "relay.example.com" },
    }).keep
  end

  it("sends the syllabus to management", function()
    test.same({ "syllabus" }, keep { specialization = "Finance Management" })
  end)

  it("sends the brochure to the rest, and calls who stayed for long", function()
    test.same({ "brochure", "call" }, keep { specialization = "E-Business", total_time_spent_on_website = 674.0 })
  end)
end)
