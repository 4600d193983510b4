/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect masterguard: series A (A700 to A3000, -19) and E (E60 to E200).  Several units may
 * share a line: requests with ,%a carry the slave address, which WH tells.  S<n> without R means
 * that the output stays off.
 */
#include "qx_masterguard.h"

#define S(word) UPS_STATUS_MASK(word)

static const struct qx_field wh[] = {
    QX_NUM(1, 2, UPS_ID),
    QX_TXT(4, 8, UPS_FIRMWARE),
    QX_TXT(10, 14, UPS_FIRMWARE_AUX),
    QX_NUM(49, 51, INPUT_VOLTAGE_NOMINAL),
    QX_NUM(53, 57, INPUT_FREQUENCY_NOMINAL),
    QX_NUM(87, 88, AMBIENT_TEMPERATURE_LOW),
    QX_NUM(90, 91, AMBIENT_TEMPERATURE_HIGH),
    QX_NUM(93, 95, INPUT_VOLTAGE_LOW_CRITICAL),
    QX_NUM(97, 99, INPUT_VOLTAGE_HIGH_CRITICAL),
    QX_NUM(101, 105, INPUT_FREQUENCY_LOW),
    QX_NUM(107, 111, INPUT_FREQUENCY_HIGH),
};

/* -- status, Q3 ------------------------------------------------------------------------------- */

static const struct qx_field q3[] = {
    QX_NUM(4, 8, INPUT_VOLTAGE),
    QX_NUM(10, 14, INPUT_VOLTAGE_FAULT),
    QX_NUM(16, 20, OUTPUT_VOLTAGE),
    QX_NUM(22, 24, OUTPUT_LOAD),
    QX_NUM(26, 29, INPUT_FREQUENCY),
    QX_NUM(31, 35, BATTERY_VOLTAGE), /* per cell */
    QX_NUM(37, 40, UPS_TEMPERATURE),
    QX_NUM(37, 40, AMBIENT_TEMPERATURE),
    QX_ROW(QX_MINSEC, 42, 47, BATTERY_RUNTIME, 0, 1000),
    QX_NUM(49, 51, BATTERY_CHARGE),
    QX_FLAG(53, S(OB), S(OL), NONE),
    QX_FLAG(54, S(LB), 0, NONE),
    QX_FLAG(55, S(BYPASS), 0, NONE),
    QX_FLAG(56, 0, 0, GENERAL_FAULT),
    QX_PICK(57, UPS_TYPE, qx_type_words),
    QX_FLAG(58, S(CAL), 0, NONE),
    QX_FLAG(59, S(FSD), 0, NONE),
    QX_FLAG(63, 0, 0, QX_PARALLEL),
    QX_FLAG(65, S(RB), 0, NONE),
    QX_FLAG(66, 0, 0, QX_NO_BATTERY),
    QX_FLAG(66, 0, 0, BATTERY_BAD),
};

/* -- the rest --------------------------------------------------------------------------------- */

static const struct qx_field gs[] = {QX_NUM(7, 7, BATTERY_PACKS),
                                     QX_PICK(9, UPS_BEEPER_STATUS, NULL)};
static const struct qx_field gbs[] = {QX_NUM_X(18, 21, BATTERY_AGEING, 0, 100)};
static const struct qx_field gsn[] = {QX_TXT(8, 18, DEVICE_PART), QX_TXT(19, 23, UPS_SERIAL)};
static const struct qx_field drc[] = {QX_ROW(QX_CLOCK, 4, 16, DEVICE_UPTIME, 0, 1000)};
static const struct qx_field pnv[] = {QX_NUM(5, 7, OUTPUT_VOLTAGE_NOMINAL)};

static const struct qx_query queries[] = {
    {.request = "Q3",
     .lead = '(',
     .least = 71,
     .class = QX_STATUS,
     QX_FIELDS(q3),
     .check = qx_mg_q3_check,
     .finish = qx_mg_q3_finish},
    {.request = "GS,%a", .lead = '(', .least = 11, .class = QX_SLOW, QX_FIELDS(gs)},
    {.request = "GBS,%a", .lead = '(', .least = 43, .class = QX_SLOW, QX_FIELDS(gbs)},
    {.request = "DRC,%a", .lead = '(', .least = 18, .class = QX_SLOW, QX_FIELDS(drc)},
    {.request = "FLT,%a", .lead = '(', .least = 109, .class = QX_SLOW, .finish = qx_mg_flt_finish},
    {.request = "WH",
     .lead = '(',
     .least = 113,
     .class = QX_ONCE,
     .flags = QX_CLAIM,
     QX_FIELDS(wh),
     .check = qx_mg_wh_check,
     .finish = qx_mg_wh_finish},
    {.request = "MSO",
     .lead = '(',
     .least = 5,
     .class = QX_ONCE,
     .flags = QX_CLAIM,
     .finish = qx_mg_mso_finish},
    {.request = "PNV",
     .lead = '(',
     .least = 9,
     .class = QX_ONCE,
     QX_FIELDS(pnv),
     .finish = qx_mg_pnv_finish},
    {.request = "GSN,%a", .lead = '(', .least = 25, .class = QX_ONCE, QX_FIELDS(gsn)},
};

/* -- control ---------------------------------------------------------------------------------- */

static const struct qx_command commands[] = {
    {UPS_COMMAND_SHUTDOWN_RETURN, "S%nR%m", NULL, NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STAYOFF, "S%n", NULL, NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STOP, "C", NULL, NULL, QX_SHOWS_NO_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START, "T%t", "T", NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_QUICK, "T", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_LOW, "TL", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_DEEP, "TUD,%a", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_STOP, "CT", NULL, NULL, QX_SHOWS_NO_TEST, 0, NULL},
    {UPS_COMMAND_BYPASS_START, "FOFF", NULL, NULL, QX_SHOWS_BYPASS, 0, NULL},
    {UPS_COMMAND_BYPASS_STOP, "FON", NULL, NULL, QX_SHOWS_NO_BYPASS, 0, NULL},
    {UPS_COMMAND_BEEPER_ENABLE, "SS---1,%a", NULL, NULL, QX_SHOWS_BEEPER_ON, 0, "GS,%a"},
    {UPS_COMMAND_BEEPER_DISABLE, "SS---0,%a", NULL, NULL, QX_SHOWS_BEEPER_OFF, 0, "GS,%a"},
    {UPS_COMMAND_CLEAR_FAULT_RECORD, "FCLR,%a", NULL, NULL, QX_SHOWS_NOTHING, 0, NULL},
};

static const struct qx_setting settings[] = {
    {.var = UPS_VAR_UPS_ID, .min = 0, .max = 99, .step = 1, .bytes = "SS%2--,%a", .query = "WH"},
    {.var = UPS_VAR_BATTERY_PACKS,
     .min = 0,
     .max = 5,
     .step = 1,
     .bytes = "SS--%1-,%a",
     .query = "GS,%a",
     .range = qx_mg_packs_range},
    {.var = UPS_VAR_OUTPUT_VOLTAGE_NOMINAL,
     .min = 0,
     .max = 999,
     .step = 1,
     .bytes = "PNV=%3",
     .query = "PNV",
     .range = qx_mg_volts_range,
     .takes = qx_mg_volts_take},
    /* up to what a setting can hold, 24 days */
    {.var = UPS_VAR_DEVICE_UPTIME,
     .min = 0,
     .max = 2147483,
     .step = 1,
     .bytes = "SRC%c,%a",
     .query = "DRC,%a",
     .slack = 10},
};

const struct qx_dialect qx_masterguard = {
    .name = "masterguard",
    .mfr = "Masterguard",
    .delays = {0, 5940, 30, 60, 599940, 180, 60, 5940},
    QX_QUERIES(queries),
    QX_COMMANDS(commands),
    QX_SETTINGS(settings),
};
