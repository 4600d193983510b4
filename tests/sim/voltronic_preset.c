/* SPDX-License-Identifier: BSD-2-Clause */
/* Typical units by protocol number, and units as published captures show them. */
#include <stdio.h>
#include <string.h>

#include "voltronic.h"

#define FULL  "EpbrashcDovegfjl"
#define PLAIN "EbracDs"

static const struct volt_preset presets[] = {
    {"01", 3000, 230, 6, 1, 1, false, false, VOLT_G1, FULL},
    {"02", 6000, 230, 20, 1, 1, false, false, VOLT_G2, FULL},
    {"03", 15000, 230, 20, 3, 1, false, false, VOLT_G2, FULL},
    {"09", 10000, 120, 20, 2, 2, false, false, VOLT_G1_SPLIT, FULL},
    {"10", 20000, 230, 20, 3, 3, false, false, VOLT_G2, FULL},
    {"13", 6000, 230, 16, 1, 1, false, false, VOLT_G2, FULL},
    {"14", 10000, 230, 16, 1, 1, false, false, VOLT_G2, FULL},
    {"99", 10000, 230, 16, 1, 1, false, false, VOLT_G2_99, FULL},
    {"00", 1000, 230, 2, 1, 1, true, false, VOLT_NO_LIMITS, PLAIN},
    {"08", 1500, 230, 2, 1, 1, true, false, VOLT_NO_LIMITS, PLAIN},
    {"31", 1000, 230, 1, 1, 1, true, true, VOLT_NO_LIMITS, PLAIN},
    {"71", 3000, 230, 6, 1, 1, false, false, VOLT_NO_LIMITS, PLAIN},
};

const struct volt_preset *volt_preset_find(const char *number)
{
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++)
        if (!strcmp(presets[i].number, number))
            return &presets[i];
    return NULL;
}

void volt_apply_preset(struct qx *q, const struct volt_preset *preset)
{
    struct model_config *cfg = &q->model->cfg;
    struct voltronic *v = &q->volt;

    v->preset = preset;
    snprintf(v->number, sizeof v->number, "%s", preset->number);
    /* P71 does not tell its type, nor all of its state */
    snprintf(v->bits, sizeof v->bits, "%s",
             strcmp(preset->number, "71") ? "............" : "--...-....--");
    cfg->rating_va = preset->va;
    cfg->packs = preset->blocks;
    cfg->phases_in = preset->phases_in;
    cfg->phases_out = preset->phases_out;
    cfg->interactive = preset->interactive;
    cfg->nominal_v = preset->nominal_v;
    qx_set_nominal(q);
    volt_set_flags(q, preset->flags);
}

struct capture {
    const struct qx_dialect *dialect;
    const char *name;
    const char *const *options;
};

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct capture captures[] = {
    /* Orion DC3000RT, 120 V 60 Hz, on bypass, with the record of an old fault */
    {&qx_voltronic, "orion",
     OPTIONS("pi=01", "nominal-v=120", "nominal-hz=60", "model=3000", "serial=00000000000000",
             "firmware=01213.00", "flags=EpbrashclnzDovegfjm", "HEH=130", "HEL=114", "PHV=130",
             "PLV=085", "PGF=63.0", "PSF=57.0", "mains=122.4", "load=0", "temperature=16.5",
             "battery=91", "test-result=passed", "start=bypass", "show=QGS.3:122.2",
             "show=QGS.7:169.0", "show=QGS.8:169.2", "show=QGS.9:082.1", "show=QBV.1:082.0",
             "show=QBV.5:342",
             "show=QFS.0:(02 120.3 59.9 002.7 60.0 020 004.8 249.6 249.6 082.1 020.7 00001000")},
    /* a C6KS of 6 kVA on battery */
    {&qx_voltronic, "c6ks",
     OPTIONS("pi=02", "model=C6KS", "start=battery", "load=0", "temperature=22.6",
             "show=QGS.3:219.5", "show=QGS.5:000.1", "show=QGS.7:357.0", "show=QGS.8:357.0",
             "show=QGS.9:202.3")},
    /* an unnamed online unit of 24 V */
    {&qx_voltronic, "online",
     OPTIONS("pi=01", "rating-va=1000", "blocks=2", "mains=224.9", "load=18", "temperature=20.3",
             "test-result=passed", "show=QGS.3:219.8", "show=QGS.5:000.9", "show=QGS.7:362.1",
             "show=QGS.8:361.0")},
    /* QPSI+: no status bits at all */
    {&qx_voltronic, "qpsi",
     OPTIONS("pi=01", "mains=222.0", "load=5", "temperature=38", "show=QGS.2:49.1",
             "show=QGS.3:230.1", "show=QGS.5:000.7", "show=QGS.7:371.0", "show=QGS.8:-----",
             "show=QGS.9:053.2", "show=QGS.10:-----", "show=QGS.12:------------")},
    /* PowerWalker VFI 1500 CG PF1: five digits of minutes */
    {&qx_voltronic, "powerwalker",
     OPTIONS("pi=01", "rating-va=1500", "blocks=3", "power-factor=100", "long-minutes=yes",
             "show=QBV.5:00037")},
    /* the examples of the protocol paper */
    {&qx_voltronic, "paper",
     OPTIONS("pi=01", "rating-va=1000", "blocks=2", "mfr=", "model=OLHVT1K0", "firmware=00322.02",
             "flags=EpbrashcDoegfl", "battery=68", "warning=8", "PPD=120", "PSK1=023",
             "show=F.1:220.0", "show=F.3:036.0", "show=QBV.1:026.5", "show=QBV.5:255",
             "show=QMF.0:(####BOH",
             "show=QFS.0:(14 212.1 50.0 005.6 49.9 006 010.6 343.8 ---.- 026.2 021.8 01101100")},
    {&qx_voltronic, "paper-phases",
     OPTIONS("pi=10", "show=Q3PV.0:(104.4 090.9 102.3 240.0 260.2 190.0",
             "show=Q3OC.0:(002 011 003")},
    {&qx_voltronic, "paper-p31", OPTIONS("pi=31")},
    /* Salicru SPS ONE 900 VA */
    {&qx_voltronic_qs, "salicru",
     OPTIONS("letter=H", "mains=228.6", "load=0", "battery=99", "dash=temperature", "beeper=no",
             "fix=fault:228.7,battery:13.5", "show=QI.2:02920", "show=QI.3:50.1", "show=QI.5:169",
             "show=QI.6:279")},
    /* Powershield PSDR800 */
    {&qx_voltronic_qs, "powershield",
     OPTIONS("letter=H", "show=QI.2:00979", "show=QI.4:000.3", "show=QI.5:177", "show=QI.6:290",
             "show=QI.8:0000010000112000")},
    {&qx_voltronic_qs, "paper",
     OPTIONS("nominal-hz=60", "topology=online", "mains=208.4", "load=34", "temperature=35",
             "fix=fault:140,output:208.4,frequency:59.9,battery:12.8", "stuck=--11---0")},
    {&qx_voltronic_qs_hex, "paper-p",
     OPTIONS("letter=P", "start=battery", "load=12", "raw=input:060068", "raw=output:700169",
             "raw=frequency:61A81312D0", "raw=battery:D51E")},
    {&qx_voltronic_qs_hex, "paper-t",
     OPTIONS("letter=T", "blocks=2", "start=battery", "load=0", "raw=input:010265",
             "raw=output:730165", "raw=frequency:600012C000", "raw=battery:CC3C")},
    {&qx_voltronic_axpert, "sample",
     OPTIONS("mains=235.2", "load=8", "temperature=34", "show=QPIGS.2:50.1", "show=QPIGS.4:50.1",
             "show=QPIGS.5:0446", "show=QPIGS.6:0382", "show=QPIGS.9:54.00")},
};

int volt_capture(struct qx *q, const char *name, struct buf *why)
{
    for (size_t i = 0; i < sizeof captures / sizeof captures[0]; i++) {
        if (captures[i].dialect != q->dialect || strcmp(captures[i].name, name) != 0)
            continue;
        for (const char *const *option = captures[i].options; *option; option++) {
            const char *equal = strchr(*option, '=');
            char key[32];

            snprintf(key, sizeof key, "%.*s", (int)(equal - *option), *option);
            if (!qx_option(q, key, equal + 1, why))
                return -1;
        }
        return 1;
    }
    buf_printf(why, "capture=%s: expected one of those in --help", name);
    return -1;
}
