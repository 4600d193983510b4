/* SPDX-License-Identifier: BSD-2-Clause */
/* One plausible device of each dialect. */
#ifndef QX_KINDS_H
#define QX_KINDS_H

#include "qx_rig.h"

#define STATUS "(230.0 230.0 230.0 025 50.0 27.2 25.0 00001001"
#define CELLS  "(230.0 230.0 230.0 025 50.0 2.25 25.0 00000001"
#define RATING "#230.0 010 24.00 50.0"
#define VENDOR "#MAKER           MODEL      V1.00     "
#define WH                                                                                          \
    "(00 10.06 03.09 A 1000  + 0 Bat Pack           0 230 50.00 018 02.00 006.00 012.00 018 10 40 " \
    "160 276 47.00 53.00"
#define Q3 "(00 225.9 225.9 229.3 043 50.0 02.27 23.4 017.03 100 00000000 00000000"
#define Q6_ONE                                                                                     \
    "(227.0 225.6 230.0 50.0 229.9 000.0 000.0 49.9 007 000 000 327.8 000.0 23.0 06932 100 32 "    \
    "00000000 00000000 11"
#define Q6_THREE                                                                                   \
    "(227.0 225.6 230.0 50.0 229.9 230.1 229.8 49.9 007 005 006 327.8 000.0 23.0 06932 100 32 "    \
    "00000000 00000000 11"
#define Q2                                                                                         \
    "(227.0 225.6 230.0 000.0 229.9 000.0 000.0 007 000 000 50.0 327.8 23.0 00000001 999.24 100 "  \
    "32 00 00 00 00 00000000 11 "
#define WA  "(001.4 000.0 000.0 001.4 000.0 000.0 001.4 001.4 006.5 000.0 000.0 007 00000000"
#define BPS "(227.0 000.0 000.0 50.0"
#define TAE "#222222222222222222222222222R1.00.48  "

/* `is`: what autodetection takes it for; NULL: nothing. */
static const struct kind {
    const char *name, *is;
    struct {
        const char *request, *reply;
    } line[10];
} kinds[] = {
    {"megatec", "megatec", {{"Q1", STATUS}, {"F", RATING}, {"I", VENDOR}}},
    {"megatec/old", "megatec/old", {{"D", STATUS}, {"F", RATING}, {"I", VENDOR}}},
    {"mecer", "mecer", {{"Q1", STATUS}, {"QPI", "(PI98"}, {"F", RATING}, {"I", VENDOR}}},
    {"mustek", "mustek", {{"QS", STATUS}, {"F", RATING}, {"I", VENDOR}}},
    {"q1", "q1", {{"Q1", STATUS}}},
    {"zinto", "zinto", {{"Q1", STATUS}, {"F", RATING}, {"FW?", VENDOR}}},
    {"bestups", "bestups", {{"Q1", STATUS}, {"ID", "PRO,750,120,120,20.0,27.6"}, {"M", "4"}}},
    {"hunnox", "zinto", {{"Q1", STATUS}, {"F", RATING}, {"FW?", VENDOR}, {"BL", "BL100"}}},
    {"masterguard", "masterguard", {{"Q1", STATUS}, {"Q3", Q3}, {"WH", WH}, {"MSO", "(230"}}},
    {"q2", "q2", {{"Q1", CELLS}, {"Q2", Q2}, {"WA", WA}}},
    {"q6", "q6", {{"Q1", CELLS}, {"Q6", Q6_ONE}, {"WA", WA}}},
    {"innovatae", "innovatae", {{"Q1", CELLS}, {"F", RATING}, {"I", TAE}}},
    {"innovart31",
     "innovart31",
     {{"Q1", CELLS}, {"Q6", Q6_ONE}, {"WA", WA}, {"BPS", BPS}, {"FW?", "05516-1100"}}},
    {"gtec",
     NULL,
     {{"Q4", "(236.7 243.2 212.1 220.1 230.4 002 001 50.0 371 372 041.3 22.9 IM"},
      {"F", RATING},
      {"I", VENDOR}}},
    {"omron", NULL, {{"Q1", STATUS}, {"UN", "1125W/1125VA/048V/160W/020W"}}},
    {"innovart33",
     "innovart33",
     {{"Q1", CELLS}, {"Q6", Q6_THREE}, {"WA", WA}, {"BPS", BPS}, {"FW?", "05516-1100"}}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static inline void qr_kind(struct qx_rig *rig, const struct kind *k, const char *protocol,
                           enum rig_unknown unknown)
{
    qr_init(rig, protocol, unknown);
    for (unsigned i = 0; i < sizeof k->line / sizeof *k->line && k->line[i].request; i++)
        qr_answer(rig, k->line[i].request, k->line[i].reply);
}

#endif
