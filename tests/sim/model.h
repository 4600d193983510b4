/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One physical model of a UPS, shared by every protocol of the simulator: mains, bypass, load, a
 * battery that drains and charges, inverter, start sequence, delayed shutdowns, battery tests,
 * overload.  Nothing here knows a protocol or reads a clock: time enters through model_advance().
 *
 * Units: volts, hertz, amperes, watts, volt-amperes, seconds, percent, degrees Celsius.
 */
#ifndef UPSSIM_MODEL_H
#define UPSSIM_MODEL_H

#include <stdbool.h>

/* What feeds the output.  The numbers are Huawei's (register 1024). */
enum model_mode {
    MODEL_OFF = 0,
    MODEL_BYPASS = 1,
    MODEL_ONLINE = 2,
    MODEL_BATTERY = 3,
    MODEL_ECO = 5
};

/* The inverter's start sequence; the numbers are Huawei's (register 1028). */
enum model_startup {
    MODEL_STARTABLE = 0,
    MODEL_STARTING = 1,
    MODEL_START_FAILED = 2,
    MODEL_STARTED = 3
};

enum model_test { MODEL_TEST_NONE, MODEL_TEST_SHORT, MODEL_TEST_DEEP, MODEL_TEST_TIMED };

/* How the last test ended. */
enum model_verdict {
    MODEL_VERDICT_NONE,
    MODEL_VERDICT_PASSED,
    MODEL_VERDICT_FAILED,
    MODEL_VERDICT_IMPOSSIBLE, /* it was refused */
    MODEL_VERDICT_ABORTED
};

/* What a line interactive unit does to the mains' voltage. */
enum model_avr { MODEL_AVR_NONE, MODEL_AVR_BOOST, MODEL_AVR_TRIM };

enum model_charge { MODEL_RESTING = 2, MODEL_FLOAT = 3, MODEL_EQUALISE = 4, MODEL_DISCHARGING = 5 };

/* Physical faults; `model_fault_name` has their names for the control socket. */
enum model_fault {
    MODEL_FAULT_NO_BATTERY,
    MODEL_FAULT_BAD_BATTERY,
    MODEL_FAULT_BATTERY_OVERVOLTAGE,
    MODEL_FAULT_CHARGER,
    MODEL_FAULT_INVERTER,
    MODEL_FAULT_INTERNAL,
    MODEL_FAULT_OVERTEMPERATURE,
    MODEL_FAULT_START,
    MODEL_FAULTS
};

enum model_overload { MODEL_LOAD_OK, MODEL_LOAD_105, MODEL_LOAD_110 };

enum model_timer {
    MODEL_T_TRANSFER, /* ECO to battery */
    MODEL_T_RETURN,   /* battery to mains */
    MODEL_T_START,    /* start sequence */
    MODEL_T_OFF,      /* delayed shutdown */
    MODEL_T_ON,       /* restart after it */
    MODEL_T_TEST,     /* short or timed battery test */
    MODEL_T_OVERLOAD, /* until the inverter gives up */
    MODEL_T_EQUALISE, /* least time of the boost charge */
    MODEL_TIMERS
};

enum model_result { MODEL_DONE, MODEL_BUSY, MODEL_IMPOSSIBLE };

/* Limits of what is passed on; high_v 0: none of its own. */
struct model_window {
    double low_v, high_v, low_hz, high_hz;
};

struct model_config {
    double rating_va;
    double rated_pf;
    double nominal_v;
    double nominal_hz;
    double output_v;
    int packs; /* 12 V blocks in series */
    double pack_ah;
    int phases_in;          /* 1 to 3 */
    int phases_out;         /* 1 to 3 */
    bool board_backup;      /* control board lives without mains and output */
    bool bypass_rescue;     /* inverter takes over when the bypass fails in bypass mode */
    bool interactive;       /* line interactive: the output follows the mains, raised or lowered */
    bool low_ends;          /* a low battery ends tests and, on battery, switches off at once if a
                               shutdown is pending */
    bool own_restart;       /* a shutdown says itself whether the output returns; the setting
                               auto_start and the mains' presence at that moment do not matter */
    bool delay_after_mains; /* own_restart: the restart's delay counts only while there are mains */
    bool eco_follows;       /* ECO is entered and left as the setting and its window say */
    double mains_v;         /* what `mains on` gives */
    double mains_low, mains_high;   /* the mains are good between */
    double boost_below, trim_above; /* interactive */
    double low_percent;             /* the battery is low below */
    double start_seconds;           /* start sequence */
    double return_seconds;          /* battery to mains */
    double transfer_seconds;        /* ECO to battery */
    double min_off_seconds;         /* least time without output, own_restart */
    double full_load_seconds;       /* run time at 100 % load; 0: from the blocks' capacity */
    double mains_wait_seconds;      /* from the mains' return to the output's, own_restart */
    double full_charge_seconds;     /* from empty to full */
    struct model_window bypass;     /* without: 80 to 115 % and 5 Hz around the nominal values */
    struct model_window eco;        /* without: the bypass's */
};

struct model {
    struct model_config cfg;
    /* surroundings */
    double mains_v, mains_hz;
    double bypass_v, bypass_hz;
    bool bypass_follows; /* the bypass is fed by the same mains */
    double load[3];      /* percent of the rating, per output phase */
    double temperature;
    double fault_v; /* mains as at the last failure, see model_take_fault_volts() */
    bool fault_latched;
    bool faults[MODEL_FAULTS];
    /* settings */
    bool auto_start, bypass_enable, bypass_forbidden, buzzer_off, eco;
    bool float_forced, equalise_forced;
    int restart_minutes; /* applied when a delayed shutdown with return ends */
    /* state */
    enum model_mode mode;
    enum model_startup startup;
    enum model_test test;
    enum model_verdict verdict;
    double soc; /* percent */
    bool mains_was_ok;
    bool battery_blocked;  /* it is there, but the control does not use it */
    bool stay_off;         /* the running shutdown does not come back */
    bool wakes;            /* though it stays off, the mains' return ends it */
    bool restart_wanted;   /* own_restart: the output returns with the mains */
    double off_for;        /* seconds since the output went off */
    bool battery_worn;     /* the last test found a bad battery */
    bool start_timeout;    /* the last start failed */
    bool overload_tripped; /* the inverter gave up */
    bool bypass_tripped;   /* the bypass gave up */
    bool epo;              /* emergency power off */
    enum model_overload overload;
    double timers[MODEL_TIMERS]; /* seconds left, negative = idle */
    double seconds;              /* model time since the start */
};

/* Fills `cfg` with the unit of the published dump: 3 kVA, 6 blocks of 9 Ah, 220 V 50 Hz. */
void model_config_default(struct model_config *cfg);

/* Starts on good mains at 7 % load with a full battery, inverter on. */
void model_init(struct model *m, const struct model_config *cfg);

/* Lets `seconds` of model time pass. */
void model_advance(struct model *m, double seconds);

/* Sets the mains (and the bypass unless it has a feed of its own) and reacts. */
void model_set_mains(struct model *m, double volts, double hz);
void model_set_bypass(struct model *m, double volts, double hz);
void model_set_fault(struct model *m, enum model_fault fault, bool on);
/* Names of enum model_fault, MODEL_FAULTS of them. */
const char *model_fault_name(enum model_fault fault);

/* Puts the unit into a mode at once, as if it had been there for long. */
void model_force_mode(struct model *m, enum model_mode mode);
/* Everything off at the panel and on again: timers, tests and trips are gone, settings stay. */
void model_powercycle(struct model *m);
/* Lets level conditions act after a field of the surroundings was changed directly. */
void model_settle(struct model *m);

enum model_result model_start(struct model *m);
enum model_result model_stop(struct model *m);
/* Delayed shutdown; `come_back`: start again afterwards. */
enum model_result model_shutdown(struct model *m, double seconds, bool come_back);
enum model_result model_cancel(struct model *m);
/* own_restart: ends the wait of a unit that is off, not before min_off_seconds and only with
 * mains. */
enum model_result model_restart(struct model *m);
/* The mains' voltage at the last failure until it was read once with good mains, else the present
 * one. */
double model_take_fault_volts(struct model *m);
/* `seconds` is for MODEL_TEST_TIMED. */
enum model_result model_test_start(struct model *m, enum model_test test, double seconds);
enum model_result model_test_stop(struct model *m);
enum model_result model_emergency_off(struct model *m);

bool model_mains_ok(const struct model *m);
bool model_bypass_volts_ok(const struct model *m);
bool model_bypass_hz_ok(const struct model *m);
/* False: the control board has no supply and no port answers. */
bool model_board_powered(const struct model *m);
bool model_on(const struct model *m);
enum model_avr model_avr(const struct model *m);
bool model_battery_present(const struct model *m);
bool model_battery_low(const struct model *m);
bool model_test_possible(const struct model *m);
enum model_charge model_charge_state(const struct model *m);
double model_battery_volts(const struct model *m);
/* Positive: discharging. */
double model_battery_amps(const struct model *m);
double model_runtime(const struct model *m);
/* Percent of charge a second that feeding the load takes. */
double model_discharge_rate(const struct model *m);
double model_output_volts(const struct model *m);
double model_output_hz(const struct model *m);
/* Of one output phase, 0..2; a phase that is not there reads 0. */
double model_watts(const struct model *m, int phase);
double model_va(const struct model *m, int phase);
double model_amps(const struct model *m, int phase);
/* Largest load of any phase that is fed, percent of its rating; 0 while the output is off. */
double model_load(const struct model *m);

#endif
