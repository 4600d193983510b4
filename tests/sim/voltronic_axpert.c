/* SPDX-License-Identifier: BSD-2-Clause */
/* voltronic-axpert: inverters of PI30, whose requests and replies carry a checksum. */
#include <math.h>
#include <string.h>

#include "voltronic.h"

/* What would mean something on the line is sent one higher. */
static char sendable(unsigned byte)
{
    return (char)(byte + (byte == '\n' || byte == '\r' || byte == '('));
}

/* CRC-16 XMODEM. */
static void checksum(const char *data, size_t len, char crc[2])
{
    unsigned sum = 0;

    for (size_t i = 0; i < len; i++) {
        sum ^= (unsigned)(unsigned char)data[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            sum = (sum << 1 ^ (sum & 0x8000 ? 0x1021U : 0U)) & 0xFFFF;
    }
    crc[0] = sendable(sum >> 8);
    crc[1] = sendable(sum & 0xFF);
}

static bool unwrap(struct qx *q, char *line, size_t *len)
{
    char crc[2];

    (void)q;
    if (*len < sizeof crc)
        return false;
    *len -= sizeof crc;
    checksum(line, *len, crc);
    return !memcmp(line + *len, crc, sizeof crc);
}

static size_t finish(struct qx *q, char *reply, size_t len, size_t size)
{
    struct voltronic *v = &q->volt;

    if (len && len + 2 <= size && !v->no_crc) {
        checksum(reply, len - 1, reply + len - 1);
        if (shot_take(&v->bad_crc))
            reply[len - 1] = sendable((unsigned char)reply[len - 1] ^ 0x40U);
        reply[len + 1] = '\r';
        len += 2;
    }
    return volt_finish(q, reply, len, size);
}

static char mode_letter(const struct qx *q)
{
    const struct model *m = q->model;

    if (q->volt.fault[0])
        return 'F';
    if (m->mode == MODEL_OFF)
        return m->startup == MODEL_STARTING ? 'P' : 'S';
    if (m->mode == MODEL_BATTERY)
        return 'B';
    return volt_enabled(q, 'j') && m->load[0] <= 0.0 ? 'H' : 'L';
}

static enum qx_outcome mode(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)which;
    (void)arg;
    qx_put(out, "(%c", mode_letter(q));
    return QX_REPLY;
}

static enum qx_outcome status(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct model *m = q->model;
    enum model_charge charge = model_charge_state(m);
    bool charging = charge == MODEL_FLOAT || charge == MODEL_EQUALISE;
    double amps = model_battery_amps(m);

    (void)which;
    (void)arg;
    qx_put(out, "(%05.1f %04.1f %05.1f %04.1f %04.0f %04.0f %03.0f 440 %05.2f ", m->mains_v,
           m->mains_hz, model_output_volts(m), model_output_hz(m), model_va(m, 0),
           model_watts(m, 0), model_load(m), model_battery_volts(m));
    qx_put(out, "%03.0f %03.0f %04.0f 0000 000.0 00.00 %05.0f ", fmax(-amps, 0.0), floor(m->soc),
           qx_temperature(q), fmax(amps, 0.0));
    qx_put(out, "000%d0%d0%d 00 00 00000 %d%d0", model_on(m), charging, charging,
           charge == MODEL_FLOAT, model_on(m));
    return QX_REPLY;
}

static enum qx_outcome ratings(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct model_config *cfg = &q->model->cfg;
    double amps = cfg->rating_va / cfg->nominal_v;
    double blocks = cfg->packs;

    (void)which;
    (void)arg;
    qx_put(out, "(%05.1f %04.1f %05.1f %04.1f %04.1f %04.0f %04.0f %04.1f ", cfg->nominal_v, amps,
           cfg->nominal_v, cfg->nominal_hz, amps, cfg->rating_va, cfg->rating_va * cfg->rated_pf,
           12.0 * blocks);
    /* recharge, under, bulk and float voltage; type; currents; priorities; the machine */
    qx_put(out, "%04.1f %04.1f %04.1f %04.1f 0 10 010 1 0 0 6 01 0 0 %04.1f 0 1", 11.5 * blocks,
           10.5 * blocks, 14.1 * blocks, 13.5 * blocks, 13.5 * blocks);
    return QX_REPLY;
}

/* Position 0 is the first; option warning= sets those from 1. */
static bool warning(const struct qx *q, int position)
{
    const struct model *m = q->model;
    bool now = false;

    switch (position) {
    case 1: now = q->volt.fault[0] || m->faults[MODEL_FAULT_INVERTER]; break;
    case 5: now = !model_mains_ok(m); break;
    case 9: now = m->faults[MODEL_FAULT_OVERTEMPERATURE]; break;
    case 11: now = m->faults[MODEL_FAULT_BATTERY_OVERVOLTAGE]; break;
    case 12: now = model_battery_present(m) && model_battery_low(m); break;
    case 16: now = m->overload != MODEL_LOAD_OK; break;
    case 22: now = !model_battery_present(m); break;
    default: break;
    }
    return now || (position && q->volt.warnings[position - 1]);
}

static enum qx_outcome warnings(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)which;
    (void)arg;
    qx_put(out, "(");
    for (int i = 0; i < q->volt.qws_length; i++)
        qx_put(out, i < VOLT_WARNINGS && warning(q, i) ? "1" : "0");
    return QX_REPLY;
}

static enum qx_outcome defaults(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct model_config *cfg = &q->model->cfg;
    double blocks = cfg->packs;

    (void)which;
    (void)arg;
    qx_put(out,
           "(%05.1f %04.1f 0030 %04.1f %04.1f %04.1f %04.1f 60 0 0 2 0 0 0 0 0 1 1 1 0 1 0 "
           "%04.1f 0 1",
           cfg->nominal_v, cfg->nominal_hz, 10.5 * blocks, 13.5 * blocks, 14.1 * blocks,
           11.5 * blocks, 13.5 * blocks);
    return QX_REPLY;
}

/* Firmware of the second and third processor. */
static enum qx_outcome firmware(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)q;
    (void)arg;
    qx_put(out, "(VERFW%d:0000%d.10", which, which);
    return QX_REPLY;
}

static enum qx_outcome switch_output(struct qx *q, int on, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;

    (void)arg;
    (void)out;
    if (on && q->volt.fault[0])
        return QX_REFUSED;
    if (!on)
        q->volt.fault[0] = '\0';
    if (model_on(m) == on)
        return QX_DONE;
    return (on ? model_start(m) : model_stop(m)) == MODEL_DONE ? QX_DONE : QX_REFUSED;
}

static const struct volt_row axpert_rows[] = {{"QPIGS", false, 0, status},
                                              {"QPIRI", false, 0, ratings},
                                              {"QMOD", false, 0, mode},
                                              {"QPIWS", false, 0, warnings},
                                              {"QVFW2", false, 2, firmware},
                                              {"QVFW3", false, 3, firmware},
                                              {"QDI", false, 0, defaults},
                                              {"SON", false, true, switch_output},
                                              {"SOFF", false, false, switch_output},
                                              {0}};

static enum qx_outcome request(struct qx *q, const char *line, struct qx_reply *out)
{
    static const struct volt_row *const lists[] = {axpert_rows, volt_identity_rows, volt_flag_rows,
                                                   NULL};

    return volt_request(q, lists, line, out);
}

static bool get(struct qx *q, const char *key, struct buf *out)
{
    if (strcmp(key, "letter") != 0)
        return false;
    buf_printf(out, "%c", mode_letter(q));
    return true;
}

static void init(struct qx *q)
{
    static const char number[] = "30";

    volt_init_model(q);
    memcpy(q->volt.number, number, sizeof number);
    q->model->cfg.start_seconds = 5.0;
    q->volt.lower_case = true;
    q->volt.qws_length = 32;
    volt_set_flags(q, "EakxyzDbjuvl");
}

static void powercycle(struct qx *q)
{
    q->volt.fault[0] = '\0';
    q->volt.held_len = 0;
}

static const struct qx_row rows[] = {{"", true, false, request}, {0}};

const struct qx_dialect qx_voltronic_axpert = {
    .name = "voltronic-axpert",
    .rows = (const struct qx_row *const[]){rows, NULL},
    .done = QX_WORD_PACK,
    .refused = QX_WORD_PNAK,
    .unknown = QX_WORD_PNAK,
    .init = init,
    .powercycle = powercycle,
    .option = volt_pi_option,
    .get = get,
    .unwrap = unwrap,
    .finish = finish,
    .trailer = 2,
    .rating_va = 5000,
    .blocks = 4,
    .model = "AXPERT",
    .firmware = "00072.70",
    .serial = "92931701100510",
};
