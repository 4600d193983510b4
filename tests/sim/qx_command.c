/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that most dialects share: beeper, tests, shutdowns. */
#include <string.h>

#include "qx.h"

int qx_digits(const char *text, int digits)
{
    int value = 0;

    for (int i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = 10 * value + text[i] - '0';
    }
    return value;
}

/* `.d` (tenths of a minute) or two digits (minutes).  Returns the seconds, or -1; `*used` is how
 * many characters they took. */
static int parse_time(const char *text, int least_tenths, int most_minutes, size_t *used)
{
    int n;

    if (text[0] == '.') {
        n = qx_digits(text + 1, 1);
        *used = 2;
        return n >= least_tenths ? 6 * n : -1;
    }
    n = qx_digits(text, 2);
    *used = 2;
    return n <= most_minutes ? 60 * n : -1;
}

static enum qx_outcome toggle_beeper(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    (void)out;
    q->model->buzzer_off = !q->model->buzzer_off;
    return QX_DONE;
}

enum qx_outcome qx_test(struct qx *q, const char *arg, struct qx_reply *out)
{
    enum model_test test = MODEL_TEST_TIMED;
    int seconds = 0;
    size_t used;

    (void)out;
    if (!*arg) {
        test = MODEL_TEST_SHORT;
    } else if (!strcmp(arg, "L")) {
        test = MODEL_TEST_DEEP;
    } else {
        seconds = parse_time(arg, q->traits & QX_TENTH_TESTS ? 2 : 10, 99, &used);
        if (seconds <= 0 || arg[used])
            return QX_UNKNOWN;
    }
    return model_test_start(q->model, test, seconds) == MODEL_DONE ? QX_DONE : QX_REFUSED;
}

enum qx_outcome qx_test_stop(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    (void)out;
    model_test_stop(q->model);
    return QX_DONE;
}

/* What a shutdown command says. */
struct off_order {
    int seconds;
    int minutes; /* R<mmmm>, -1 without it */
};

static bool parse_order(const struct qx *q, const char *arg, struct off_order *order)
{
    size_t used;
    int most = q->traits & QX_LONG_DELAYS ? 99 : 10;

    order->seconds = parse_time(arg, q->traits & QX_ZERO_DELAY ? 0 : 2, most, &used);
    order->minutes = -1;
    if (order->seconds < 0)
        return false;
    arg += used;
    if (*arg == 'R') {
        order->minutes = qx_digits(arg + 1, 4);
        if (order->minutes < 0 || arg[5])
            return false;
    } else if (*arg) {
        return false;
    }
    /* nothing but S00R0000 is at once, where .0 does not exist */
    return order->seconds > 0 || order->minutes == 0 || q->traits & QX_ZERO_DELAY;
}

static bool comes_back(const struct qx *q, const struct off_order *order)
{
    if (order->minutes < 0)
        return q->traits & QX_NEEDS_AUTO ? q->auto_restart : !(q->traits & QX_S_STAYS);
    if (order->minutes == 0)
        return q->stay_leaks;
    return !(q->short_r_stays && order->minutes <= 2);
}

enum qx_outcome qx_shutdown(struct qx *q, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;
    struct off_order order;

    (void)out;
    if (!parse_order(q, arg, &order))
        return QX_UNKNOWN;
    if (m->timers[MODEL_T_OFF] >= 0.0 && q->second != QX_SECOND_WINS)
        return q->second == QX_FIRST_STAYS ? QX_DONE : QX_REFUSED;
    if (q->off_delay >= 0)
        order.seconds = (int)q->off_delay;
    if (model_shutdown(m, order.seconds, comes_back(q, &order)) != MODEL_DONE)
        return QX_REFUSED;
    m->wakes = order.minutes < 0 && q->traits & QX_S_WAKES;
    m->restart_minutes = order.minutes > 0 && !q->no_delay ? order.minutes : 0;
    q->off_by_command = true;
    model_settle(m);
    return QX_DONE;
}

enum qx_outcome qx_cancel(struct qx *q, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;

    (void)arg;
    (void)out;
    if (model_on(m)) {
        model_cancel(m);
        m->restart_minutes = 0;
        q->off_by_command = false;
        return QX_DONE;
    }
    return model_restart(m) == MODEL_DONE ? QX_DONE : QX_REFUSED;
}

const struct qx_row qx_common_commands[] = {
    {"Q", false, true, toggle_beeper}, {"T", true, true, qx_test},
    {"CT", false, true, qx_test_stop}, {"S", true, true, qx_shutdown},
    {"C", false, true, qx_cancel},     {0}};

const struct qx_row qx_beepless_commands[] = {{"T", true, true, qx_test},
                                              {"CT", false, true, qx_test_stop},
                                              {"S", true, true, qx_shutdown},
                                              {"C", false, true, qx_cancel},
                                              {0}};
