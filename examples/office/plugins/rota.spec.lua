describe("rota.hand_over", function()
  local function agent(store)
    local call = test.run("rota.hand_over", {
      lead = { fields = {} },
      params = { map = "desk" },
      settings = { agents = { kim = 2, lou = 1 } },
      store = store,
    })
    return call.effects[2].agent
  end

  it("gives each agent as many leads as their weight says", function()
    test.same("kim", agent {})
    test.same("lou", agent { ["leads/kim"] = 1 })
    test.same("kim", agent { ["leads/kim"] = 1, ["leads/lou"] = 1 })
  end)

  it("leaves a lead with the agent that it has", function()
    local call = test.run("rota.hand_over", {
      lead = { agent = "max", fields = {} },
      params = { map = "desk" },
      settings = { agents = { kim = 2, lou = 1 } },
    })
    test.same({ { ["do"] = "assign", map = "desk" } }, call.effects)
  end)
end)
