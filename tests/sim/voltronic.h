/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Voltronic Power families on top of the Q* family: voltronic (PI, P00 to P99), voltronic-qs,
 * voltronic-qs-hex and voltronic-axpert.
 *
 * Every request is a row of a table (struct volt_row) of its family.  A reply is text whose fields
 * are parted by blanks; the option show= replaces single fields, so that captures of real units
 * can be had although the model does not know their bus voltages.
 *
 * Sources: the vendor's protocol papers as restated on NUT's website (voltronic.txt,
 * voltronic-qs.txt) and in public programs, NUT's manual page nutdrv_qx(8), and published captures
 * of real units, as the tests name them.
 */
#ifndef UPSSIM_VOLTRONIC_H
#define UPSSIM_VOLTRONIC_H

#include "qx.h"

/* One request, exact or with `prefix` its beginning; `which` is for run. */
struct volt_row {
    const char *name;
    bool prefix;
    int which;
    enum qx_outcome (*run)(struct qx *q, int which, const char *arg, struct qx_reply *out);
};

/* --- between the voltronic*.c files --- */

/* Finds the row, minds the quirks, runs it.  `lists`: NULL-terminated, each ended by an empty row.
 */
enum qx_outcome volt_request(struct qx *q, const struct volt_row *const *lists, const char *line,
                             struct qx_reply *out);
/* Is `word` one of the comma separated `words`? */
bool volt_listed(const char *words, const char *word);
size_t volt_finish(struct qx *q, char *reply, size_t len, size_t size);
/* Replaces what the option show= says in the reply to `request`. */
void volt_show(const struct qx *q, const char *request, struct qx_reply *out);

/* The mode's letter, as in QMOD. */
char volt_mode(const struct qx *q);
/* Output while off, through the bypass (flag o). */
bool volt_fed_by_bypass(const struct qx *q);
double volt_output_volts(const struct qx *q);
double volt_output_hz(const struct qx *q);
double volt_load(const struct qx *q);
double volt_amps(const struct qx *q, int phase);
/* A warning of QWS, 1 to 64. */
bool volt_warning(const struct qx *q, int number);
/* Outlets are about to be cut. */
bool volt_outlet_warning(const struct qx *q);
void volt_watch_outlets(struct qx *q);
bool volt_buzzing(const struct qx *q);
/* The twelve bits of QGS and a NUL. */
void volt_bits(const struct qx *q, char bits[13]);
/* A capability: is it there and enabled?  `letter`: a to z. */
bool volt_knows(const struct qx *q, char letter);
bool volt_enabled(const struct qx *q, char letter);
bool volt_set_flags(struct qx *q, const char *text);
void volt_put_flags(const struct qx *q, struct qx_reply *out);
int volt_setting(const struct qx *q, enum volt_setting setting);
/* The setting that a command writes, or VOLT_SETTINGS. */
enum volt_setting volt_setting_named(const char *name);
bool volt_parse_setting(enum volt_setting setting, const char *text, int *value);

/* What all Voltronic units have in common; the rest are the PI family's. */
void volt_init_model(struct qx *q);
void volt_init(struct qx *q);
void volt_ready(struct qx *q);
void volt_watch(struct qx *q);
void volt_powercycle(struct qx *q);
/* Fault: writes the record, switches off. */
void volt_fail(struct qx *q, const char *code);
void volt_write_record(struct qx *q, const char *code);
int volt_option(struct qx *q, const char *key, const char *value, struct buf *why);
/* Sets the options of a published unit; as qx_dialect.option. */
int volt_capture(struct qx *q, const char *name, struct buf *why);
/* Those of the PI family besides. */
int volt_pi_option(struct qx *q, const char *key, const char *value, struct buf *why);
bool volt_pi_get(struct qx *q, const char *key, struct buf *out);
/* Says what was expected unless `good`; returns 1 or -1. */
int volt_verdict(bool good, const char *key, const char *value, const char *expected,
                 struct buf *why);
const struct volt_preset *volt_preset_find(const char *number);
void volt_apply_preset(struct qx *q, const struct volt_preset *preset);

/* voltronic_qs.c: what both QS families share. */
void volt_qs_watch(struct qx *q);
void volt_qs_powercycle(struct qx *q);
bool volt_qs_get(struct qx *q, const char *key, struct buf *out);
extern const struct volt_row volt_qs_command_rows[];

extern const struct volt_row volt_status_rows[], volt_identity_rows[], volt_rating_rows[],
    volt_flag_rows[], volt_factory_rows[], volt_limit_rows[], volt_outlet_rows[], volt_phase_rows[],
    volt_command_rows[];

#endif
