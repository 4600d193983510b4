/* SPDX-License-Identifier: BSD-2-Clause */
/* Control commands that only the Modbus faces know. */
#include <string.h>

#include "face.h"
#include "huawei.h"

static enum face_answer done(bool good, const char *usage, struct buf *out)
{
    if (good)
        return FACE_OK;
    buf_printf(out, "usage: %s", usage);
    return FACE_BAD;
}

/* "register ADDR VALUE [COUNT]" forces a cell, for ever unless a count is given. */
static bool command_register(struct huawei *h, int argc, char *const *argv)
{
    struct shot shot = {.left = -1};
    int number, base;
    long wire;

    if (argc < 3 || argc > 4 || !parse_long(argv[1], 0, 65535, &wire))
        return false;
    huawei_split(h->map, (int)wire, &number, &base);
    if (!strcmp(argv[2], "off"))
        shot.left = 0;
    else if (!parse_long(argv[2], 0, 65535, &shot.value))
        return false;
    if (argc == 4 && !parse_long(argv[3], -1, 1000000000, &shot.left))
        return false;
    return huawei_readable(h->map, base, 1) && huawei_override(h, base, &shot);
}

/* "exception CODE FC|ADDR|wide|any [COUNT]" or "exception off". */
static bool command_exception(struct huawei *h, int argc, char *const *argv)
{
    long code, match = -1, count = 1;
    uint8_t function;

    if (argc == 2 && !strcmp(argv[1], "off")) {
        h->exception.left = 0;
        return true;
    }
    if (argc < 3 || argc > 4 || !parse_long(argv[1], 1, 255, &code))
        return false;
    if (!strcmp(argv[2], "wide"))
        match = -2;
    else if (strlen(argv[2]) == 2 && parse_hex(argv[2], &function, 1) == 1)
        match = function;
    else if (strcmp(argv[2], "any") != 0 && !parse_long(argv[2], 256, 65535, &match))
        return false;
    if (argc == 4 && !parse_long(argv[3], -1, 1000000000, &count))
        return false;
    h->exception.value = code;
    h->exception.left = count;
    h->exception_match = (int)match;
    return true;
}

static bool command_identity(struct huawei *h, int argc, char *const *argv)
{
    static const char *const words[] = {"normal",    "two-devices", "no-devices", "no-label4",
                                        "no-label6", "length-long", "more",       NULL};
    int i = argc >= 2 ? parse_choice(argv[1], words) : -1;

    if (i >= 0 && argc == 2)
        h->identity = (enum huawei_identity)i;
    else if (argc == 3 && !strcmp(argv[1], "model"))
        return parse_text(h->model, sizeof h->model, argv[2]);
    else if (argc == 3 && !strcmp(argv[1], "esn"))
        return parse_text(h->esn, sizeof h->esn, argv[2]);
    else if (argc == 3 && !strcmp(argv[1], "firmware"))
        return parse_text(h->firmware, sizeof h->firmware, argv[2]);
    else
        return false;
    return true;
}

static bool command_writes(struct huawei *h, int argc, char *const *argv)
{
    static const char *const words[] = {"normal", "ignore", "lostecho", "othervalue", NULL};
    int i = argc >= 2 ? parse_choice(argv[1], words) : -1;
    long count = -1;

    if (i < 0 || argc > 3 || (argc == 3 && !parse_long(argv[2], -1, 1000000000, &count)))
        return false;
    h->writes.value = i;
    h->writes.left = i ? count : 0;
    return true;
}

/* "NAME [COUNT]" or "NAME off". */
static bool counted(struct shot *shot, int argc, char *const *argv)
{
    shot->left = 1;
    if (argc == 2 && !strcmp(argv[1], "off"))
        shot->left = 0;
    else if (argc == 2)
        return parse_long(argv[1], -1, 1000000000, &shot->left);
    return argc <= 2;
}

/* "fault ID/CAUSE on|off" sets an alarm bit that the model would not. */
static enum face_answer command_alarm(struct huawei *h, int argc, char *const *argv,
                                      struct buf *out)
{
    const struct huawei_alarm *a;
    char *slash = argc == 3 ? strchr(argv[1], '/') : NULL;
    char id_text[8] = "";
    long id, cause;
    bool on;

    if (!slash)
        return FACE_UNKNOWN;
    if ((size_t)(slash - argv[1]) < sizeof id_text)
        memcpy(id_text, argv[1], (size_t)(slash - argv[1]));
    if (!parse_long(id_text, 1, 65535, &id) || !parse_long(slash + 1, 1, 99, &cause) ||
        !parse_bool(argv[2], &on))
        return done(false, "fault ID/CAUSE on|off", out);
    a = huawei_find_alarm(h->map, (int)id, (int)cause);
    if (!a) {
        buf_printf(out, "no alarm %s", argv[1]);
        return FACE_BAD;
    }
    if (on)
        h->forced_alarms[a->reg - h->map->alarm_words.first] |= (uint16_t)(1U << a->bit);
    else
        h->forced_alarms[a->reg - h->map->alarm_words.first] &= (uint16_t) ~(1U << a->bit);
    return FACE_OK;
}

enum face_answer huawei_command(struct unit *unit, int argc, char *const *argv, struct buf *out)
{
    struct huawei *h = unit->face_data;
    const char *name = argv[0];

    if (!strcmp(name, "fault"))
        return command_alarm(h, argc, argv, out);
    if (!strcmp(name, "register"))
        return done(command_register(h, argc, argv), "register ADDR VALUE|off [COUNT]", out);
    if (!strcmp(name, "exception"))
        return done(command_exception(h, argc, argv), "exception CODE FC|ADDR|wide|any [COUNT]",
                    out);
    if (!strcmp(name, "identity"))
        return done(command_identity(h, argc, argv),
                    "identity normal|two-devices|no-devices|no-label4|no-label6|length-long|more, "
                    "identity model|esn|firmware TEXT",
                    out);
    if (!strcmp(name, "writes"))
        return done(command_writes(h, argc, argv),
                    "writes normal|ignore|lostecho|othervalue [COUNT]", out);
    if (!strcmp(name, "wrongslave"))
        return done(fault_shot(&h->wrong_slave, argc, argv, 0, 255), "wrongslave N [COUNT]", out);
    if (!strcmp(name, "wrongfunction"))
        return done(fault_shot(&h->wrong_function, argc, argv, 0, 255), "wrongfunction N [COUNT]",
                    out);
    if (!strcmp(name, "overlong"))
        return done(fault_shot(&h->overlong, argc, argv, 0, 100), "overlong BYTES [COUNT]", out);
    if (!strcmp(name, "mbap-length"))
        return done(fault_shot(&h->mbap_length, argc, argv, 0, 65535), "mbap-length N [COUNT]",
                    out);
    if (!strcmp(name, "wrong-tid"))
        return done(counted(&h->wrong_tid, argc, argv), "wrong-tid [COUNT]", out);
    if (!strcmp(name, "unit-zero"))
        return done(counted(&h->unit_zero, argc, argv), "unit-zero [COUNT]", out);
    return FACE_UNKNOWN;
}

enum face_answer huawei_get(struct unit *unit, int argc, char *const *argv, struct buf *out)
{
    struct huawei *h = unit->face_data;
    int number, base;
    long wire;

    if (!strcmp(argv[0], "locked") && argc == 1) {
        buf_printf(out, "%d", h->locked);
        return FACE_OK;
    }
    if (!strcmp(argv[0], "esn") && argc == 1) {
        buf_printf(out, "%s", h->esn);
        return FACE_OK;
    }
    if (strcmp(argv[0], "register") != 0)
        return FACE_UNKNOWN;
    if (argc != 2 || !parse_long(argv[1], 0, 65535, &wire))
        return done(false, "get register ADDR", out);
    huawei_split(h->map, (int)wire, &number, &base);
    if (!huawei_readable(h->map, base, 1)) {
        buf_printf(out, "no register %ld", wire);
        return FACE_BAD;
    }
    buf_printf(out, "%u", huawei_read(h, base));
    return FACE_OK;
}
