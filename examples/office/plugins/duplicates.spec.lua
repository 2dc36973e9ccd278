describe("duplicates.look", function()
  local function look(mail, store)
    return test.run("duplicates.look", { lead = { id = "ben", fields = { mail = mail } }, store = store }).effects
  end

  it("remembers the first lead with an address", function()
    test.same({ { ["do"] = "store.set", key = "mail/ben@example.com", value = "ben" } }, look("Ben@Example.com ", {}))
  end)

  it("finds a lead that came earlier, and not the lead itself", function()
    local effects = look("ben@example.com", { ["mail/ben@example.com"] = "ana" })
    test.same({ ["do"] = "set", fields = { duplicate_of = "ana" } }, effects[1])
    test.same("duplicates.found", effects[2].event)
    test.same({}, look("ben@example.com", { ["mail/ben@example.com"] = "ben" }))
  end)
end)
