import Signalbox
import Values

/// What the thread that runs a file of specs asks of the one that has the engine.
enum SpecQuestion: Sendable {
    /// The next test begins, with nothing of those before.
    case begin
    /// The test asks for something.
    case ask(Value)
    /// The test is over; what was noted of it?
    case end
}

enum SpecAnswer: Sendable {
    case done
    case value(Value)
    case notes(SpecNotes)
}

/// Where two threads meet: one asks and waits, the other answers. While a test waits its sandbox is in the middle of a call, in
/// which no other sandbox may be called on its thread.
///
/// Owner of what is kept: the thread that holds the condition's lock; hence `@unchecked Sendable`.
final class SpecExchange: @unchecked Sendable {
    private let changed = BlockingCondition()
    private var question: SpecQuestion?
    private var answer: SpecAnswer?
    private var isOver = false

    /// Asks, and waits for the answer.
    func ask(_ asked: SpecQuestion) -> SpecAnswer {
        changed.locked {
            question = asked
            changed.broadcast()
            while true {
                if let given = answer {
                    answer = nil
                    return given
                }
                changed.wait()
            }
        }
    }

    /// Nothing more is asked.
    func end() {
        changed.locked {
            isOver = true
            changed.broadcast()
        }
    }

    /// Answers until nothing more is asked.
    func serve(_ respond: (SpecQuestion) -> SpecAnswer) {
        while let asked = next() {
            let given = respond(asked)
            changed.locked {
                answer = given
                changed.broadcast()
            }
        }
    }

    private func next() -> SpecQuestion? {
        changed.locked {
            while true {
                if let asked = question {
                    question = nil
                    return asked
                }
                if isOver { return nil }
                changed.wait()
            }
        }
    }
}
