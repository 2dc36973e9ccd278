return {
  name = "sums", version = "1.0.0", api = 1,
  actions = {
    lead = { run = function() host.lead.store.add("n", 1.7e308) end },
    all = { run = function() host.store.add("n", 1.7e308) end },
    wrap = { run = function() host.lead.store.add("i", 9223372036854775807) host.store.add("i", 9223372036854775807) end },
  },
}
