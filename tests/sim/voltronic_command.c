/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands of the PI family: output, shutdowns, tests, beeper; and its table of requests. */
#include <string.h>

#include "voltronic.h"

static enum qx_outcome switch_on(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;

    (void)which;
    (void)arg;
    (void)out;
    if (q->volt.fault[0] || m->epo)
        return QX_REFUSED;
    if (m->mode == MODEL_OFF && !model_mains_ok(m) && !volt_enabled(q, 'c'))
        return QX_REFUSED;
    if (model_on(m) && m->mode != MODEL_BYPASS)
        return QX_DONE;
    return model_start(m) == MODEL_DONE ? QX_DONE : QX_REFUSED;
}

/* Ends a fault, too. */
static enum qx_outcome switch_off(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;

    (void)which;
    (void)arg;
    (void)out;
    if (q->volt.fault[0]) {
        q->volt.fault[0] = '\0';
        return QX_DONE;
    }
    if (m->mode == MODEL_OFF && m->timers[MODEL_T_ON] < 0.0 && !m->restart_wanted)
        return QX_REFUSED;
    q->volt.stopped = true;
    m->timers[MODEL_T_ON] = -1.0;
    m->restart_wanted = false;
    if (model_on(m) && model_stop(m) != MODEL_DONE)
        return QX_REFUSED;
    return QX_DONE;
}

/* `.2` to `.9` and `01` to `99`: the Q* family's, without its S00. */
static enum qx_outcome shutdown(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)which;
    if (!strncmp(arg, "00", 2))
        return QX_UNKNOWN;
    return qx_shutdown(q, arg, out);
}

/* Ends a countdown, or the wait after it; without either nothing happens. */
static enum qx_outcome cancel(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;

    (void)which;
    if (!model_on(m) && m->restart_wanted)
        (void)model_restart(m);
    else if (model_on(m))
        (void)qx_cancel(q, arg, out);
    return QX_DONE;
}

static enum qx_outcome test(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    char mode = volt_mode(q);

    (void)which;
    if (!strcmp(arg, "00") || (mode != 'L' && mode != 'C' && mode != 'E'))
        return QX_REFUSED;
    if (!model_test_possible(q->model))
        return QX_REFUSED;
    return qx_test(q, arg, out);
}

static enum qx_outcome test_stop(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)which;
    (void)arg;
    (void)out;
    return model_test_stop(q->model) == MODEL_DONE ? QX_DONE : QX_REFUSED;
}

/* BZON and BZOFF; a unit without `a` knows no other switch. */
static enum qx_outcome buzzer(struct qx *q, int on, const char *arg, struct qx_reply *out)
{
    (void)arg;
    (void)out;
    if (!on && (q->volt.muted || !volt_buzzing(q)))
        return QX_REFUSED;
    q->volt.muted = !on;
    return QX_DONE;
}

const struct volt_row volt_command_rows[] = {{"SON", false, 0, switch_on},
                                             {"SOFF", false, 0, switch_off},
                                             {"S", true, 0, shutdown},
                                             {"CS", false, 0, cancel},
                                             {"T", true, 0, test},
                                             {"CT", false, 0, test_stop},
                                             {"BZON", false, true, buzzer},
                                             {"BZOFF", false, false, buzzer},
                                             {0}};

static enum qx_outcome request(struct qx *q, const char *line, struct qx_reply *out)
{
    static const struct volt_row *const lists[] = {volt_status_rows,  volt_identity_rows,
                                                   volt_rating_rows,  volt_flag_rows,
                                                   volt_factory_rows, volt_limit_rows,
                                                   volt_outlet_rows,  volt_phase_rows,
                                                   volt_command_rows, NULL};

    return volt_request(q, lists, line, out);
}

static const struct qx_row rows[] = {{"", true, false, request}, {0}};

const struct qx_dialect qx_voltronic = {
    .name = "voltronic",
    .rows = (const struct qx_row *const[]){rows, NULL},
    .done = QX_WORD_PACK,
    .refused = QX_WORD_PNAK,
    .unknown = QX_WORD_PNAK,
    .traits = QX_ONLINE | QX_LONG_DELAYS | QX_TENTH_TESTS,
    .init = volt_init,
    .ready = volt_ready,
    .watch = volt_watch,
    .powercycle = volt_powercycle,
    .option = volt_pi_option,
    .get = volt_pi_get,
    .finish = volt_finish,
    .rating_va = 3000,
    .blocks = 6,
    .mfr = "VOLTRONIC",
    .model = "OLHVT3K0",
    .firmware = "00322.02",
    .serial = "83311301100101",
};
