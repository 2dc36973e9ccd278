// One worker and the watchdog in one thread, in every order of their steps.
#include <stddef.h>

#include "watch.h"
#include "watchdog_simulation.h"

enum {
    DEADLINE = 2,
    MOST_STEPS = 16,
};

/// What may come next. The last three are looks in the middle of which, when the watchdog reads the
/// worker's clock, the worker does something.
enum step {
    BEGIN,
    BEGIN_UNLIMITED,
    END,
    WORK,
    LOOK,
    LOOK_WORK,
    LOOK_END,
    LOOK_END_BEGIN,
    STEP_COUNT,
};

/// The worker, and what is to be found out about its call.
struct model {
    struct sbx_watch watch;
    uint64_t clock;
    bool is_running, is_limited;
    /// Whether a look was at this call, and the time at the first.
    bool is_seen;
    uint64_t seen_at;
    /// Whether a later look was at or after the deadline from there.
    bool is_late;
    /// What happens when the clock is read next.
    enum step in_the_middle;
    bool has_ended_in_the_middle;
};

static void begin(struct model *model, uint64_t deadline) {
    model->is_running = true;
    model->is_limited = deadline > 0;
    model->is_seen = model->is_late = false;
    sbx_watch_begin(&model->watch, deadline);
}

static void end(struct model *model) {
    model->is_running = false;
    sbx_watch_end(&model->watch);
}

static uint64_t read_clock(struct sbx_watch *watch) {
    struct model *model = (struct model *)watch;
    switch (model->in_the_middle) {
    case LOOK_WORK: model->clock++; break;
    case LOOK_END:
    case LOOK_END_BEGIN:
        end(model);
        model->has_ended_in_the_middle = true;
        if (model->in_the_middle == LOOK_END_BEGIN) begin(model, DEADLINE);
        break;
    default: break;
    }
    return model->clock;
}

/// Returns what is wrong, or NULL.
static const char *look(struct model *model, enum step step) {
    enum sbx_watch_action expected = SBX_WATCH_IDLE;
    bool was_running = model->is_running, was_seen = model->is_seen, was_limited = model->is_limited;
    uint64_t seen_at = model->seen_at;
    model->in_the_middle = step;
    model->has_ended_in_the_middle = false;
    enum sbx_watch_action action = sbx_watch_look(&model->watch, read_clock);
    if (was_running) {
        bool is_late = was_seen && was_limited && model->clock - seen_at >= DEADLINE;
        expected = is_late ? SBX_WATCH_LATE : SBX_WATCH_RUNNING;
        // What was found out about a call that has ended says nothing about the next.
        if (!model->has_ended_in_the_middle) {
            if (!was_seen) model->seen_at = model->clock;
            model->is_seen = true;
            if (is_late) model->is_late = true;
        }
    }
    return action == expected ? NULL : "a look says something else than it saw";
}

/// Does one step. False if the worker cannot do it now.
static bool take(struct model *model, enum step step, const char **violation) {
    switch (step) {
    case BEGIN:
    case BEGIN_UNLIMITED:
        if (model->is_running) return false;
        begin(model, step == BEGIN ? DEADLINE : 0);
        break;
    case END:
        if (!model->is_running) return false;
        end(model);
        break;
    case WORK:
        if (!model->is_running) return false;
        model->clock++;
        break;
    default: *violation = look(model, step);
    }
    if (!*violation && model->is_running && sbx_watch_is_late(&model->watch) != model->is_late) {
        *violation = model->is_late ? "a late call is not marked" : "a call is marked that is not late";
    }
    return true;
}

void watchdog_simulate_orders(unsigned length, struct watchdog_report *report) {
    *report = (struct watchdog_report){.violation = NULL};
    if (length > MOST_STEPS) {
        report->violation = "so many steps have too many orders";
        return;
    }
    struct sbx_watchdog watchdog = {.lock = PTHREAD_MUTEX_INITIALIZER};
    // An order is a number of so many digits.
    uint8_t order[MOST_STEPS] = {0};
    for (;;) {
        struct model model = {.watch.watchdog = &watchdog};
        unsigned count = 0;
        while (count < length && take(&model, order[count], &report->violation)) {
            if (order[count] <= BEGIN_UNLIMITED) report->calls++;
            count++;
            if (report->violation) return;
        }
        if (model.is_running && model.is_late) report->late_calls++;
        // The next order that differs in what was done: what follows a step that cannot be is passed over.
        unsigned place = count < length ? count : length - 1;
        for (unsigned i = place + 1; i < length; i++) order[i] = 0;
        while (++order[place] == STEP_COUNT) {
            order[place] = 0;
            if (place-- == 0) return;
        }
    }
}
