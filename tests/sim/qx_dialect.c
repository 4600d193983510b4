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
    .serial = "",
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
    .serial = "",
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
    .serial = "",
};

static const struct qx_dialect q1 = {
    .name = "q1",
    .rows = ROWS(q1_rows),
    .unknown = QX_WORD_ECHO,
    .rating_va = 700,
    .blocks = 1,
    .mfr = "",
    .model = "",
    .firmware = "",
    .serial = "",
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
    .serial = "",
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
    .serial = "",
};

const struct qx_dialect *const qx_dialects[] = {&megatec, &megatec_old, &mecer,  &mustek,
                                                &q1,      &zinto,       &hunnox, NULL};
