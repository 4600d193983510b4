/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of the faults that every protocol shares; what they do is in unit.c. */
#include "fault.h"

#include <string.h>

bool shot_take(struct shot *shot)
{
    if (!shot->left)
        return false;
    if (shot->left > 0)
        shot->left--;
    return true;
}

bool fault_shot(struct shot *shot, int argc, char *const *argv, long low, long high)
{
    long value, count = 1;

    if (argc == 2 && !strcmp(argv[1], "off")) {
        shot->left = 0;
        return true;
    }
    if (argc < 2 || argc > 3 || !parse_long(argv[1], low, high, &value))
        return false;
    if (argc == 3 && !parse_long(argv[2], -1, 1000000000, &count))
        return false;
    shot->value = value;
    shot->left = count;
    return true;
}

static bool count_only(struct shot *shot, int argc, char *const *argv)
{
    return argc == 2 && parse_long(argv[1], -1, 1000000000, &shot->left);
}

static bool set_delay(struct faults *f, int argc, char *const *argv)
{
    char forever[] = "-1";
    char *all[3] = {argv[0], argc > 1 ? argv[1] : NULL, forever};

    if (argc == 2 && strcmp(argv[1], "off") != 0)
        return fault_shot(&f->delay, 3, all, 0, 600000);
    return fault_shot(&f->delay, argc, argv, 0, 600000);
}

static bool set_bytes(uint8_t *to, size_t size, size_t *len, int argc, char *const *argv)
{
    long n = argc == 2 ? parse_hex(argv[1], to, size) : -1;

    if (n < 0)
        return false;
    *len = (size_t)n;
    return true;
}

static bool set_reply(struct faults *f, int argc, char *const *argv)
{
    f->reply_set = set_bytes(f->reply, sizeof f->reply, &f->reply_len, argc, argv);
    return f->reply_set;
}

static bool set_trickle(struct faults *f, int argc, char *const *argv)
{
    if (argc == 2 && !strcmp(argv[1], "off")) {
        f->trickle_ms = 0;
        return true;
    }
    return argc == 2 && parse_long(argv[1], 0, 10000, &f->trickle_ms);
}

/* AT MS [COUNT] */
static bool set_pause(struct faults *f, int argc, char *const *argv)
{
    long ms;
    char *rest[3] = {argv[0], argc > 1 ? argv[1] : NULL, argc > 3 ? argv[3] : NULL};

    if (argc == 2)
        return fault_shot(&f->pause, argc, argv, 1, 300) && !f->pause.left;
    if (argc < 3 || argc > 4 || !parse_long(argv[2], 0, 600000, &ms))
        return false;
    f->pause_ms = ms;
    return fault_shot(&f->pause, argc - 1, rest, 1, 300);
}

static int outcome(bool good, const char *usage, struct buf *out)
{
    if (good)
        return 1;
    buf_printf(out, "usage: %s", usage);
    return -1;
}

int fault_command(struct faults *f, int argc, char *const *argv, struct buf *out)
{
    const char *name = argv[0];

    if (!strcmp(name, "garble"))
        return outcome(count_only(&f->garble, argc, argv), "garble COUNT", out);
    if (!strcmp(name, "drop"))
        return outcome(count_only(&f->drop, argc, argv), "drop COUNT", out);
    if (!strcmp(name, "delay"))
        return outcome(set_delay(f, argc, argv), "delay MS|off [COUNT]", out);
    if (!strcmp(name, "late"))
        return outcome(fault_shot(&f->delay, argc, argv, 0, 600000), "late MS [COUNT]", out);
    if (!strcmp(name, "truncate"))
        return outcome(fault_shot(&f->truncate, argc, argv, 0, 300), "truncate BYTES [COUNT]", out);
    if (!strcmp(name, "mute"))
        return outcome(argc == 2 && parse_bool(argv[1], &f->mute), "mute on|off", out);
    if (!strcmp(name, "trickle"))
        return outcome(set_trickle(f, argc, argv), "trickle MS|off", out);
    if (!strcmp(name, "chunk"))
        return outcome(argc == 2 && parse_long(argv[1], 0, 512, &f->chunk), "chunk BYTES", out);
    if (!strcmp(name, "pause"))
        return outcome(set_pause(f, argc, argv), "pause AT-BYTE MS [COUNT]|off", out);
    if (!strcmp(name, "tail"))
        return outcome(set_bytes(f->tail, sizeof f->tail, &f->tail_len, argc, argv), "tail HEX",
                       out);
    if (!strcmp(name, "noise"))
        return outcome(set_bytes(f->noise, sizeof f->noise, &f->noise_len, argc, argv), "noise HEX",
                       out);
    if (!strcmp(name, "reply"))
        return outcome(set_reply(f, argc, argv), "reply HEX", out);
    return 0;
}
