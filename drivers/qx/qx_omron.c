/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect omron (BN150T): every command is answered with OK.  An and Af choose whether the
 * output comes back after the S or Sf that follows, which must not be sent without the OK.
 */
#include "qx_dialects.h"

#include <stdio.h>
#include <string.h>

static const struct qx_field charge[] = {
    {.kind = QX_NUMBER,
     .from = 0,
     .to = QX_END,
     .var = UPS_VAR_BATTERY_CHARGE,
     .scale = 1000,
     .most = 100,
     .alarm = UPS_ALARM_NONE},
};
static const struct qx_field runtime[] = {QX_NUM_X(0, QX_END, BATTERY_RUNTIME, 0, 60000)};
static const struct qx_field temperature[] = {
    QX_ROW(QX_SIGNED, 0, QX_END, BATTERY_TEMPERATURE, 0, 1000)};
static const struct qx_field frequency[] = {QX_NUM(0, QX_END, OUTPUT_FREQUENCY)};
static const struct qx_field serial[] = {QX_TXT(0, QX_END, UPS_SERIAL)};
static const struct qx_field firmware[] = {QX_TXT(2, 5, UPS_FIRMWARE),
                                           QX_TXT(9, 12, UPS_FIRMWARE_AUX)};
static const struct qx_field ratings[] = {QX_NUM(0, 3, UPS_REALPOWER_NOMINAL),
                                          QX_NUM(6, 9, UPS_POWER_NOMINAL),
                                          QX_NUM(13, 15, BATTERY_VOLTAGE_NOMINAL)};

static bool not_refused(struct qx_call *c)
{
    return memcmp(c->reply, "NAK", 3) != 0;
}

/* YYYYMMDD, and a day that there is. */
static bool date(const struct qx_call *c, int *year, int *month, int *day)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t number;

    if (c->len != 8 || !qx_number(c->reply, 8, false, &number))
        return false;
    number /= 1000;
    *year = (int)(number / 10000);
    *month = (int)(number / 100 % 100);
    *day = (int)(number % 100);
    bool leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;
    return *year > 0 && *month >= 1 && *month <= 12 && *day >= 1 && *day <= days[*month - 1] &&
           (leap || *month != 2 || *day <= 28);
}

static bool date_check(struct qx_call *c)
{
    int year, month, day;

    return date(c, &year, &month, &day);
}

static void date_finish(struct qx_call *c, struct ups_reading *r)
{
    int year = 0, month = 0, day = 0;
    char text[40];

    if (!date(c, &year, &month, &day))
        return;
    snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
    ups_set_text(r, UPS_VAR_BATTERY_DATE, text, strlen(text));
}

static const struct qx_query queries[] = {
    {.request = "Q1",
     .lead = '(',
     .least = QX_STATUS_BYTES,
     .class = QX_STATUS,
     .flags = QX_CLAIM,
     .field = qx_status_fields,
     .fields = QX_STATUS_FIELDS - 1, /* b0 says nothing, and b5 is 1 on mains */
     .check = qx_status_check,
     .finish = qx_status_finish},
    {.request = "Bl ?", .least = 4, .class = QX_SLOW, QX_FIELDS(charge)},
    {.request = "RTS", .least = 4, .class = QX_SLOW, QX_FIELDS(runtime)},
    {.request = "TPb", .least = 5, .class = QX_SLOW, QX_FIELDS(temperature)},
    {.request = "Lf ?", .least = 4, .class = QX_SLOW, QX_FIELDS(frequency)},
    {.request = "PSNR", .least = 17, .class = QX_ONCE, QX_FIELDS(serial), .check = not_refused},
    {.request = "FWV", .lead = 'M', .least = 15, .class = QX_ONCE, QX_FIELDS(firmware)},
    {.request = "BRR", .least = 9, .class = QX_ONCE, .check = date_check, .finish = date_finish},
    {.request = "UN", .least = 28, .class = QX_ONCE, QX_FIELDS(ratings)},
};

static const struct qx_command commands[] = {
    {UPS_COMMAND_SHUTDOWN_RETURN, "S%n", NULL, "An", QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STAYOFF, "Sf%n", NULL, "Af", QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STOP, "C", NULL, NULL, QX_SHOWS_NO_COUNTDOWN, 0, NULL},
};

const struct qx_dialect qx_omron = {
    .name = "omron",
    .mfr = "OMRON",
    .flags = QX_MUST_ACK | QX_NO_AVR | QX_OMRON_USB,
    .ack = "OK",
    .delays = {12, 600, 30, 0, 0, 0, 60, 5940}, /* no delay before it comes back can be told */
    QX_QUERIES(queries),
    QX_COMMANDS(commands),
};
