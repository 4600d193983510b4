/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect megatec: the reference (Megatec protocol 2.7), and the commands that most dialects
 * share.  A UPS that does not know a command sends it back; one that obeys says nothing.
 */
#include "qx_dialects.h"

#include <string.h>

const struct qx_command qx_megatec_commands[QX_MEGATEC_COMMANDS] = {
    {UPS_COMMAND_LOAD_OFF, "S00R0000", NULL, NULL, QX_SHOWS_OFF, 0, NULL},
    {UPS_COMMAND_LOAD_ON, "C", NULL, NULL, QX_SHOWS_ON, 0, NULL},
    /* without R it comes back with mains; R0000 would mean that it stays off */
    {UPS_COMMAND_SHUTDOWN_RETURN, "S%nR%m", "S%n", NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STAYOFF, "S%nR0000", NULL, NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STOP, "C", NULL, NULL, QX_SHOWS_NO_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START, "T%t", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_QUICK, "T", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_DEEP, "TL", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_STOP, "CT", NULL, NULL, QX_SHOWS_NO_TEST, 0, NULL},
    {UPS_COMMAND_BEEPER_TOGGLE, "Q", NULL, NULL, QX_SHOWS_BEEPER, 0, NULL},
    {UPS_COMMAND_BEEPER_ENABLE, "Q", NULL, NULL, QX_SHOWS_BEEPER_ON, 0, NULL},
    {UPS_COMMAND_BEEPER_DISABLE, "Q", NULL, NULL, QX_SHOWS_BEEPER_OFF, 0, NULL},
};

static bool five_digits(const struct qx_call *c, unsigned at)
{
    for (unsigned i = at; i < at + 5; i++)
        if (i >= c->len || c->reply[i] < '0' || c->reply[i] > '9')
            return false;
    return true;
}

/*
 * Interface chips by Megatec put a serial number and the runtime into the same 38 bytes.  Their
 * layout counts only where it finds the five digits of a runtime (NUT #3103).
 */
static void vendor_finish(struct qx_call *c, struct ups_reading *r)
{
    static const struct {
        enum ups_var var;
        uint8_t from, to;
    } chip[] = {
        {UPS_VAR_UPS_MFR, 1, 7},
        {UPS_VAR_UPS_SERIAL, 8, 15},
        {UPS_VAR_UPS_MODEL, 17, 21},
        {UPS_VAR_UPS_FIRMWARE, 28, QX_END},
    };

    if (!five_digits(c, 22))
        return;
    for (unsigned i = 0; i < sizeof chip / sizeof *chip; i++) {
        const struct qx_field f = {.from = chip[i].from, .to = chip[i].to};
        const uint8_t *at = NULL;
        size_t len = 0;

        (void)qx_field_at(c, &f, &at, &len);
        qx_trim(&at, &len);
        ups_set_text(r, chip[i].var, (const char *)at, len);
    }
}

static const struct qx_query queries[] = {
    QX_STATUS_LINE("Q1"),
    QX_RATING_LINE,
    {.request = "I",
     .lead = '#',
     .least = 38,
     .class = QX_ONCE,
     .flags = QX_VENDOR | QX_CLAIM | QX_TWO_LENGTHS,
     QX_FIELDS(qx_vendor_fields),
     .finish = vendor_finish},
};

const struct qx_dialect qx_megatec = {
    .name = "megatec",
    QX_QUERIES(queries),
    QX_MEGATEC_CONTROL,
};
