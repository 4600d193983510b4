/* SPDX-License-Identifier: BSD-2-Clause */
/* The dialects: what each of them knows, and its typical unit. */
#include "qx.h"

static enum qx_outcome protocol_number(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    qx_put(out, q->traits & QX_TENTH_TESTS ? "(PI98" : "(NAK");
    return QX_REPLY;
}

static enum qx_outcome battery_level(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    if (q->bl_unknown)
        return QX_UNKNOWN;
    qx_put(out, "BL%03.0f", q->model->soc);
    return QX_REPLY;
}

#define STATUS(request)                                                                            \
    {                                                                                              \
        request, false, false, qx_status                                                           \
    }
#define RATINGS                                                                                    \
    {                                                                                              \
        "F", false, false, qx_ratings                                                              \
    }
#define VENDOR(request)                                                                            \
    {                                                                                              \
        request, false, false, qx_vendor                                                           \
    }
#define END                                                                                        \
    {                                                                                              \
        0                                                                                          \
    }

static const struct qx_row megatec_rows[] = {STATUS("Q1"), RATINGS, VENDOR("I"), END};
static const struct qx_row old_rows[] = {STATUS("D"), RATINGS, VENDOR("I"), END};
static const struct qx_row mustek_rows[] = {STATUS("QS"), RATINGS, VENDOR("I"), END};
static const struct qx_row q1_rows[] = {STATUS("Q1"), END};
static const struct qx_row zinto_rows[] = {STATUS("Q1"), RATINGS, VENDOR("FW?"), END};
static const struct qx_row mecer_rows[] = {
    STATUS("Q1"), RATINGS, VENDOR("I"), {"QPI", false, false, protocol_number}, END};
static const struct qx_row hunnox_rows[] = {
    STATUS("Q1"), RATINGS, VENDOR("FW?"), {"BL", false, false, battery_level}, END};

#define ROWS(own) ((const struct qx_row *const[]){own, qx_common_commands, NULL})

static const struct qx_dialect megatec = {
    .name = "megatec",
    .rows = ROWS(megatec_rows),
    .unknown = QX_WORD_ECHO,
    .rating_va = 1500,
    .blocks = 2,
    .mfr = "MEGATEC",
    .model = "ECO 1500",
    .firmware = "V5.10",
    .serial = "K1306201",
};

static const struct qx_dialect megatec_old = {
    .name = "megatec/old",
    .rows = ROWS(old_rows),
    .unknown = QX_WORD_ECHO,
    .rating_va = 1000,
    .blocks = 2,
    .mfr = "MEGATEC",
    .model = "OLD 1000",
    .firmware = "V2.60",
};

static const struct qx_dialect mecer = {
    .name = "mecer",
    .rows = ROWS(mecer_rows),
    .done = QX_WORD_PACK,
    .refused = QX_WORD_PNAK,
    .unknown = QX_WORD_PNAK,
    .traits = QX_TENTH_TESTS,
    .rating_va = 2000,
    .blocks = 2,
    .mfr = "Mecer",
    .model = "ME-2000",
    .firmware = "00123.04",
};

static const struct qx_dialect mustek = {
    .name = "mustek",
    .rows = ROWS(mustek_rows),
    .unknown = QX_WORD_ECHO,
    .rating_va = 1000,
    .blocks = 2,
    .mfr = "MUSTEK",
    .model = "UM1000SC",
    .firmware = "V3.8",
};

static const struct qx_dialect q1 = {
    .name = "q1",
    .rows = ROWS(q1_rows),
    .unknown = QX_WORD_ECHO,
    .rating_va = 700,
    .blocks = 1,
};

static const struct qx_dialect zinto = {
    .name = "zinto",
    .rows = ROWS(zinto_rows),
    .unknown = QX_WORD_ECHO,
    .rating_va = 800,
    .blocks = 1,
    .mfr = "ONLINE",
    .model = "ZINTO 800",
    .firmware = "V4.1",
};

static const struct qx_dialect hunnox = {
    .name = "hunnox",
    .rows = ROWS(hunnox_rows),
    .unknown = QX_WORD_NO_ACK,
    .rating_va = 1500,
    .blocks = 3,
    .mfr = "HUNNOX",
    .model = "HNX-1500",
    .firmware = "V1.02",
};

#define OWN(own)            ((const struct qx_row *const[]){own, NULL})
#define WITHOUT_BEEPER(own) ((const struct qx_row *const[]){own, qx_beepless_commands, NULL})

static const struct qx_dialect bestups = {
    .name = "bestups",
    .rows = WITHOUT_BEEPER(qx_bestups_rows),
    .traits = QX_S_STAYS | QX_LONG_DELAYS | QX_NO_B0,
    .ready = qx_bestups_ready,
    .nominal_v = 120,
    .rating_va = 750,
    .blocks = 2,
    .model = "FOR",
};

static const struct qx_dialect masterguard = {
    .name = "masterguard",
    .rows = WITHOUT_BEEPER(qx_masterguard_rows),
    .traits = QX_S_STAYS | QX_LONG_DELAYS | QX_ZERO_DELAY | QX_TENTH_TESTS | QX_ONLINE | QX_BYPASS |
              QX_CELL,
    .ready = qx_masterguard_ready,
    .rating_va = 700,
    .full_load_seconds = 360,
    .blocks = 2,
    .mfr = "6ES07000191",
    .model = "A700-19",
    .firmware = "10.06",
    .serial = "00815",
};

static const struct qx_dialect q2 = {
    .name = "q2",
    .rows = ROWS(qx_q2_rows),
    .unknown = QX_WORD_ECHO,
    .traits = QX_ONLINE | QX_CELL | QX_THREE_IN | QX_THREE_OUT,
    .rating_va = 20000,
    .blocks = 16,
};

static const struct qx_dialect q6 = {
    .name = "q6",
    .rows = ROWS(qx_q6_rows),
    .unknown = QX_WORD_NAK,
    .traits = QX_ONLINE | QX_CELL | QX_THREE_IN | QX_THREE_OUT,
    .rating_va = 20000,
    .blocks = 16,
};

static const struct qx_dialect gtec = {
    .name = "gtec",
    .rows = ROWS(qx_gtec_rows),
    .unknown = QX_WORD_ECHO,
    .traits = QX_ONLINE | QX_BYPASS,
    .rating_va = 1200,
    .blocks = 3,
    .mfr = "GTEC",
    .model = "ZP120N",
    .firmware = "V1.00",
};

static const struct qx_dialect innovatae = {
    .name = "innovatae",
    .rows = ROWS(qx_innovatae_rows),
    .refused = QX_WORD_NAK,
    .unknown = QX_WORD_NAK,
    .traits = QX_ONLINE | QX_CELL | QX_TEST_ACK,
    .rating_va = 1000,
    .blocks = 3,
    .firmware = "R1.00.48",
};

static const struct qx_dialect innovart31 = {
    .name = "innovart31",
    .rows = WITHOUT_BEEPER(qx_innovart_rows),
    .refused = QX_WORD_NAK,
    .unknown = QX_WORD_NAK,
    .traits = QX_ONLINE | QX_CELL | QX_TEST_ACK | QX_BYPASS | QX_THREE_IN,
    .rating_va = 20000,
    .blocks = 24,
    .model = "INN3T20K",
    .firmware = "05516-1100",
    .serial = "2122A000123",
};

static const struct qx_dialect innovart33 = {
    .name = "innovart33",
    .rows = WITHOUT_BEEPER(qx_innovart_rows),
    .refused = QX_WORD_NAK,
    .unknown = QX_WORD_NAK,
    .traits = QX_ONLINE | QX_CELL | QX_TEST_ACK | QX_BYPASS | QX_THREE_IN | QX_THREE_OUT,
    .rating_va = 20000,
    .blocks = 24,
    .model = "INN3T20K",
    .firmware = "05516-1200",
    .serial = "2122A000456",
};

/* b5 is 1 in normal operation, b0 never is. */
static const struct qx_dialect omron = {
    .name = "omron",
    .rows = OWN(qx_omron_rows),
    .refused = QX_WORD_NAK,
    .unknown = QX_WORD_NAK,
    .done = QX_WORD_OK,
    .traits = QX_NEEDS_AUTO,
    .nominal_v = 100,
    .rating_va = 1125,
    .blocks = 4,
    .mfr = "OMRON",
    .model = "BN150T",
    .firmware = "0.17",
    .serial = "1234567890",
    .stuck = "--1----0",
};

#define POINTER(symbol, protocol)        &symbol,
#define OTHERS_POINTER(symbol, protocol) &qx_##symbol,
const struct qx_dialect *const qx_dialects[] = {QX_MEGATEC_DIALECTS(POINTER)
                                                    QX_VOLTRONIC_DIALECTS(OTHERS_POINTER) NULL};
