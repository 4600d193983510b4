/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bridges that pass a byte stream: the line goes out in reports, the reply comes back in packets
 * until its CR.  cypress, phoenix, gtec; phoenixtec, whose line goes out in one vendor request.
 */
#include "qx_usb.h"

#include <string.h>

struct stream {
    struct qx_report report;
    uint8_t packet;         /* bytes asked for per read */
    uint8_t drain_reads;    /* before each request; 0: none */
    uint16_t drain_wait_ms; /* for each of them */
};

static int stream_exchange(struct qx_usb *u, const struct qx_line *line, uint8_t *reply,
                           size_t size)
{
    const struct stream *s = u->bridge->row;
    int rc = s->drain_reads ? qx_usb_drain(u, s->drain_reads, s->packet, s->drain_wait_ms) : 0;

    if (rc == 0)
        rc = qx_report_send(u, &s->report, line->text, line->len);
    return rc ? rc : qx_read_line(u, s->packet, reply, size);
}

static const struct stream cypress = {
    .report = {.value = 0x0200, .size = 8, .payload = 8, .timeout_ms = 5000}, .packet = 8};

/* What waits in the device shows with the endpoint's next interval, 40 ms at most; more would only
 * be lost, once for each request. */
static const struct stream phoenix = {
    .report = {.value = 0x0200, .size = 8, .payload = 8, .timeout_ms = 1000},
    .packet = 8,
    .drain_reads = 8,
    .drain_wait_ms = 100};

/* Asked for its reply in pieces of 8 the UPS drops off the bus (NUT pull request 2818). */
static const struct stream gtec = {
    .report = {.value = 0x0002, .size = 8, .payload = 8, .timeout_ms = 5000}, .packet = 128};

const struct qx_bridge qx_bridge_cypress = {
    .name = "cypress", .ep_in = 0x81, .packet = 8, .exchange = stream_exchange, .row = &cypress};
const struct qx_bridge qx_bridge_phoenix = {
    .name = "phoenix", .ep_in = 0x81, .packet = 8, .exchange = stream_exchange, .row = &phoenix};
const struct qx_bridge qx_bridge_gtec = {
    .name = "gtec", .ep_in = 0x81, .packet = 128, .exchange = stream_exchange, .row = &gtec};

/* -- phoenixtec -------------------------------------------------------------------------------- */

enum { VENDOR_TO_ENDPOINT = 0x42, PHOENIXTEC_LINE = 0x0d, PHOENIXTEC_MS = 1000 };

/* Commands that get no answer, whatever follows the name but another capital letter. */
static const char *const silent[] = {"T", "TL",  "S",    "C",  "CT",  "M",   "N",
                                     "O", "SRC", "FCLR", "SS", "TUD", "SSN", NULL};

static bool is_silent(const struct qx_line *line)
{
    for (size_t i = 0; silent[i]; i++) {
        size_t n = strlen(silent[i]);
        if (line->len > n && memcmp(line->text, silent[i], n) == 0 &&
            (line->text[n] < 'A' || line->text[n] > 'Z'))
            return true;
    }
    return false;
}

static int phoenixtec_exchange(struct qx_usb *u, const struct qx_line *line, uint8_t *reply,
                               size_t size)
{
    int rc = qx_usb_control_out(u, VENDOR_TO_ENDPOINT, PHOENIXTEC_LINE, 0, line->text, line->len,
                                PHOENIXTEC_MS);

    if (rc < 0)
        return qx_usb_failed(u, QX_SENDING, rc, 0);
    return is_silent(line) ? 0 : qx_read_line(u, 0, reply, size);
}

const struct qx_bridge qx_bridge_phoenixtec = {
    .name = "phoenixtec", .ep_in = 0x81, .packet = 64, .exchange = phoenixtec_exchange};
