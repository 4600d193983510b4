/* SPDX-License-Identifier: BSD-2-Clause */
/* SETs on a core: a device that takes jobs and answers when the test says so. */
#ifndef CONTROL_RIG_H
#define CONTROL_RIG_H

#include "core_rig.h"

#define CTL_JOBS_MAX  64
#define CTL_LINES_MAX 256

/* What the device was told, and what done() and the log were told. */
struct ctl {
    struct rig *rig;
    struct unit_job job[CTL_JOBS_MAX];
    size_t jobs;
    enum ups_error refuse; /* what submit() says instead */
    struct control_set *set;
    unsigned told; /* calls of done() */
    enum set_error answer;
    bool end_in_done;
    char line[CTL_LINES_MAX][400];
    size_t lines;
};

extern struct ctl ctl;

/* cmocka's.  A unit that is allowed everything and can do what a UPS2000 can, on mains. */
int ctl_setup(void **state);
int ctl_teardown(void **state);

/* The same device after the program was started again. */
void ctl_restart(int64_t away_ms);

/* A reading with this status, now. */
void ctl_status(uint32_t status);
/* Mains: on the input, or gone. */
void ctl_mains(bool there);
/* Time passes second by second, with readings of the present status. */
void ctl_pass(int64_t ms);

/* One SET of `count` items, test and commit; the answer, or SET_PENDING. */
enum set_error ctl_set(const struct control_item *items, size_t count);
/* ... of one value. */
enum set_error ctl_value(enum control_what what, int64_t value);
/* ... of one command. */
enum set_error ctl_command(enum ups_command command, int32_t value, int32_t second);
/* Ends the set, if there is one. */
void ctl_end(void);

/* The newest job ends, after `after_ms`. */
void ctl_done(int64_t after_ms, int32_t took_value, int32_t took_second);
void ctl_fails(int64_t after_ms, enum ups_error error, const char *why);
/* ... job number n, from 0. */
void ctl_result(size_t n, enum ups_error error, const char *why, int32_t took_value,
                int32_t took_second);

/* The newest job is this command. */
void ctl_expect(size_t jobs, enum ups_command command, int32_t value, int32_t second);
/* Some log line holds this text. */
bool ctl_logged(const char *text);
/* Seconds to a moment of the present snapshot, -1: none. */
int64_t ctl_off_in(void);
int64_t ctl_on_in(void);
enum snap_countdown ctl_countdown(void);

#endif
