// The sandbox by itself: load a program, call its functions, and see what a bad one comes to.
import LuaSandbox
import Values

let program = Program(
    main: Source(
        name: "prices.lua",
        """
        local discounts = { friend = 0.5 }
        return {
          total = function(order)
            local sum = 0
            for _, item in ipairs(order.items) do sum = sum + item.price end
            return { total = sum * (discounts[order.code] or 1) }
          end,
          forever = function() while true do end end,
        }
        """))
var limits = Limits()
limits.deadline = .milliseconds(20)
let sandbox = try Sandbox(program, limits: limits)

func call(_ name: String, _ argument: Value, of sandbox: Sandbox) {
    guard let function = sandbox.exports[name]?.functionID else { fatalError("there is no \(name)") }
    let input = CallInput(arguments: [EncodedValue(argument)], wantsResult: true)
    switch sandbox.call(function, input).outcome {
    case .success(let result): print("\(name): \(result.json)")
    case .failure(let failure): print("\(name): \(failure.reason)")
    }
}

let order: Value = ["code": "friend", "items": [["price": 30], ["price": 12]]]
call("total", order, of: sandbox)
call("forever", .null, of: sandbox)
// The call that was cut off left nothing behind.
call("total", order, of: sandbox)
