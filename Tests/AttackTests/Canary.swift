import LuaSandbox
import Values

/// A sandbox whose one call touches much of what an attack may have broken.
final class Canary {
    private let sandbox: Sandbox
    private let run: FunctionID
    private let first: Value

    init() throws {
        let program = Program(
            main: Source(
                name: "canary.lua",
                """
                local count = 0
                return { echo = function(value) return { value } end, run = function(event)
                  count = count + 1
                  local t = {}
                  for i = 1, 300 do t[i] = ("x" .. i):rep(3) end
                  table.sort(t, function(a, b) return a > b end)
                  local names = {}
                  for k in pairs(event.lead) do names[#names + 1] = k end
                  local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end)
                  local ok, message = pcall(error, "caught", 0)
                  host.record{ count = count, joined = #table.concat(t), names = names }
                  return { count, #table.concat(t, ","), t[1], names, co(1), co(21), ok, message,
                           host.json_encode(event), host.lookup("question"), math.random(1000), os.time(),
                           ("%5.2f"):format(1 / 3), ("key=value"):match("(%w+)=(%w+)") }
                end }
                """), library: [Source(name: "host", "host = ...")])
        // Whether it is right is asked here, not how long it takes while others are at work.
        sandbox = try Sandbox(program, limits: Limits(deadline: .seconds(30)))
        guard let function = sandbox.exports["run"]?.functionID else { throw Missing() }
        run = function
        first = Canary.call(sandbox, function) ?? .null
        guard first != .null else { throw Missing() }
    }

    struct Missing: Error {}

    /// Sends a value through Lua and back.
    func echo(_ value: EncodedValue) -> Result<Value, CallFailure> {
        guard let echo = sandbox.exports["echo"]?.functionID else { return .success(.null) }
        let report = sandbox.call(echo, CallInput(arguments: [value], wantsResult: true))
        // A null argument is nil, and a list without it is empty.
        return report.outcome.map { $0.list?.first ?? .null }
    }

    var isRight: Bool {
        let answer = Canary.call(sandbox, run)
        if answer == first { return true }
        print("the canary answered \(answer?.json ?? "nothing") instead of \(first.json)")
        return false
    }

    private static func call(_ sandbox: Sandbox, _ run: FunctionID) -> Value? {
        var input = Attack.input
        input.arguments = [
            EncodedValue(["lead": ["name": "Ada", "score": 12, "channel": "form"], "list": [1, 2.5]])
        ]
        let report = sandbox.call(run, input)
        guard case .success(let value) = report.outcome, report.records.count == 1 else {
            print("the canary's call ended with \(report.outcome)")
            return nil
        }
        return .list([value, report.records[0]])
    }
}

/// Numbers that a seed gives again.
struct Linear: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
