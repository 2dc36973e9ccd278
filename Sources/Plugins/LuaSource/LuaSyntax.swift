/// A name in Lua source and where it is, in bytes.
package struct LuaName {
    package let text: String
    package let range: Range<Int>

    /// Whether Lua takes the text for a name.
    package static func isName(_ text: String) -> Bool { LuaTokens.of(text) == [.name(text)] }
}

/// An expression of Lua source and where it is, in bytes. Which operator binds first is not kept.
package struct LuaExpression {
    package let kind: Kind
    package let range: Range<Int>

    package indirect enum Kind {
        case null
        case bool(Bool)
        /// As it is written.
        case number(String)
        /// Nil when it has escapes.
        case text(String?)
        case varargs
        case function(LuaFunction)
        case table([LuaEntry])
        case name(LuaName)
        case brackets(LuaExpression)
        /// A name or an expression in brackets, with what is behind it.
        case suffixed(LuaExpression, [LuaSuffix])
        /// Operands and the operators between them; those before one operand alone are left out.
        case operation([LuaExpression], operators: [String])
        /// What this reader does not understand.
        case unread
    }
}

/// What follows a name: a key, a call, a method.
package struct LuaSuffix {
    package let kind: Kind
    /// The key, the method's name or the arguments.
    package let range: Range<Int>

    package enum Kind {
        /// `.name` and `["name"]`.
        case key(String)
        case index(LuaExpression)
        case call([LuaExpression])
        case method(String, [LuaExpression])
    }
}

/// An entry of a table in Lua source.
package struct LuaEntry {
    package let key: Key
    package let value: LuaExpression
    /// The key, or the value of an item.
    package let range: Range<Int>

    package enum Key {
        /// `name =` and `["name"] =`.
        case constant(String)
        case computed(LuaExpression)
        /// The next number.
        case item
    }
}

/// A function of Lua source. Each has its own object.
package final class LuaFunction {
    /// With `self` for a method.
    package let parameters: [LuaName]
    package let body: [LuaStatement]

    init(parameters: [LuaName], body: [LuaStatement]) {
        self.parameters = parameters
        self.body = body
    }
}

package struct LuaStatement {
    package let kind: Kind
    package let range: Range<Int>

    package indirect enum Kind {
        case local([LuaName], [LuaExpression])
        case localFunction(LuaName, LuaFunction)
        /// `function a.b() end`, with `a.b` as the target.
        case function(LuaExpression, LuaFunction)
        case assignment([LuaExpression], [LuaExpression])
        case call(LuaExpression)
        case block([LuaStatement])
        case whileLoop(LuaExpression, [LuaStatement])
        case repeatLoop([LuaStatement], until: LuaExpression)
        case forLoop([LuaName], [LuaExpression], [LuaStatement])
        case branches([(condition: LuaExpression, block: [LuaStatement])], otherwise: [LuaStatement])
        case returned([LuaExpression])
        /// `break` and `goto`.
        case jump
        /// A label, or nothing.
        case nothing
    }
}
