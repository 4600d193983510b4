/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: every instant command, and every register that can be set, as a table of steps
 * (G13 and G620, chapter 3: control registers).  G13 says that an echo only means "received", so
 * each write names what must be read before it counts; what has to be true beforehand is read anew,
 * never taken from a poll.
 */
#include "huawei_ups2000.h"

#define MODES_ON                                                                                   \
    (1 << HUAWEI_MODE_MAINS | 1 << HUAWEI_MODE_BATTERY | 1 << HUAWEI_MODE_ECO |                    \
     1 << HUAWEI_MODE_BATTERY_ECO)
#define MODES_ON_MAINS (1 << HUAWEI_MODE_MAINS | 1 << HUAWEI_MODE_ECO)

/* Expectations. */
#define MODE(modes)                                                                                \
    {                                                                                              \
        1024, HUAWEI_IN_MODE, modes, 0                                                             \
    }
#define WRITTEN(reg)                                                                               \
    {                                                                                              \
        reg, HUAWEI_WRITTEN, 0, 0                                                                  \
    }
#define COUNTING(reg)                                                                              \
    {                                                                                              \
        reg, HUAWEI_COUNTING, 0, 0                                                                 \
    }
#define SET(reg, bits)                                                                             \
    {                                                                                              \
        reg, HUAWEI_ALL_SET, bits, 0                                                               \
    }
#define CLEAR(reg, bits)                                                                           \
    {                                                                                              \
        reg, HUAWEI_ALL_CLEAR, bits, 0                                                             \
    }
#define BETWEEN(reg, a, b)                                                                         \
    {                                                                                              \
        reg, HUAWEI_WITHIN, a, b                                                                   \
    }
#define OTHER(reg, a)                                                                              \
    {                                                                                              \
        reg, HUAWEI_OTHER, a, 0                                                                    \
    }

/* Steps. */
#define DONE_IF(expect, text)                                                                      \
    {                                                                                              \
        HUAWEI_DONE_IF, 0, 0, 0, expect, 0, text                                                   \
    }
#define CHECK(expect, text)                                                                        \
    {                                                                                              \
        HUAWEI_CHECK, 0, 0, 0, expect, 0, text                                                     \
    }
#define WRITE(reg, value, expect, ms, flags)                                                       \
    {                                                                                              \
        HUAWEI_WRITE, value, flags, reg, expect, ms, NULL                                          \
    }
#define PROVE(expect, ms)                                                                          \
    {                                                                                              \
        HUAWEI_PROVE, 0, 0, 0, expect, ms, NULL                                                    \
    }
#define STEPS(...)                                                                                 \
    (const struct huawei_step[])                                                                   \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            .kind = HUAWEI_END                                                                     \
        }                                                                                          \
    }

enum {
    SETTING_MS = 3000, /* units rarely need up to 2 s to answer and finish */
    SWITCH_MS = 15000, /* the output off, or over to the bypass */
    START_MS = 30000,  /* the inverter on */
    TEST_MS = 10000,
};

/* A register that keeps what is written. */
#define SETTING(reg, value, flags) WRITE(reg, value, WRITTEN(reg), SETTING_MS, flags)

/* Starting in bypass mode would leave the bypass, which is another command's business. */
#define LOAD_ON                                                                                    \
    DONE_IF(MODE(MODES_ON), "the output is on already"),                                           \
        CHECK(MODE(1 << HUAWEI_MODE_OFF),                                                          \
              "the output is on, in bypass mode: bypass.stop ends that"),                          \
        WRITE(1029, HUAWEI_ONE, MODE(MODES_ON), START_MS, HUAWEI_STARTS)

#define LOAD_OFF(flags)                                                                            \
    WRITE(1030, HUAWEI_ONE, MODE(1 << HUAWEI_MODE_OFF), SWITCH_MS,                                 \
          HUAWEI_DARK | HUAWEI_FINAL | (flags))

#define IS_OFF DONE_IF(MODE(1 << HUAWEI_MODE_OFF), "the output is off already")

/*
 * 1048 before 1047: the guides say that the two belong together and not which one starts the
 * countdown.  A restart delay that the unit does not keep would leave the load off for good.
 */
#define RETURN                                                                                     \
    SETTING(1044, HUAWEI_ONE, HUAWEI_RESTORE | HUAWEI_KEEP),                                       \
        {HUAWEI_WRITE,                                                                             \
         HUAWEI_ON_DELAY,                                                                          \
         0,                                                                                        \
         1048,                                                                                     \
         WRITTEN(1048),                                                                            \
         SETTING_MS,                                                                               \
         "this firmware does not keep the restart delay, so the load might stay off"},             \
        WRITE(1047, HUAWEI_OFF_DELAY, COUNTING(1047), SETTING_MS, HUAWEI_CANCEL)

#define MAY_TEST                                                                                   \
    CHECK(MODE(MODES_ON_MAINS), "a battery test needs the output on and fed by the mains")
#define SMALL_MAY_TEST                                                                             \
    MAY_TEST, CHECK(CLEAR(1043, HUAWEI_BIT_TEST), "a battery test runs already"),                  \
        CHECK(CLEAR(40170, 1 << 4), "no battery is connected (alarm 22/1)")

#define DEEP                                                                                       \
    {                                                                                              \
        .kind = HUAWEI_NOTE, .text = "the battery is drained until it is low"                      \
    }

static const struct huawei_step *const small[UPS_COMMAND_COUNT] = {
    [UPS_COMMAND_LOAD_ON] = STEPS(LOAD_ON),
    /* with 1045 set the unit would go to the bypass */
    [UPS_COMMAND_LOAD_OFF] = STEPS(IS_OFF, SETTING(1045, HUAWEI_ZERO, HUAWEI_RESTORE), LOAD_OFF(0)),
    /* The voltage and frequency bounds only catch a bypass that is not there at all. */
    [UPS_COMMAND_BYPASS_START] =
        STEPS(CHECK(MODE(MODES_ON), "the bypass is started from inverter or ECO operation"),
              CHECK(CLEAR(40161, 1 << 1 | 1 << 2),
                    "the bypass is missing or out of range (alarm 10/1 or 10/2)"),
              CHECK(BETWEEN(1004, 800, 3000), "the bypass voltage is not plausible"),
              CHECK(BETWEEN(1007, 400, 700), "the bypass frequency is not plausible"),
              SETTING(1045, HUAWEI_ONE, HUAWEI_RESTORE),
              WRITE(1030, HUAWEI_ONE, MODE(1 << HUAWEI_MODE_BYPASS), SWITCH_MS, HUAWEI_FINAL)),
    [UPS_COMMAND_BYPASS_STOP] =
        STEPS(CHECK(MODE(1 << HUAWEI_MODE_BYPASS), "the UPS is not in bypass mode"),
              WRITE(1029, HUAWEI_ONE, MODE(MODES_ON), START_MS, HUAWEI_STARTS),
              SETTING(1045, HUAWEI_ZERO, 0)),
    [UPS_COMMAND_SHUTDOWN_STAYOFF] =
        STEPS(SETTING(1044, HUAWEI_ZERO, HUAWEI_RESTORE | HUAWEI_KEEP),
              WRITE(1049, HUAWEI_OFF_DELAY, COUNTING(1049), SETTING_MS, HUAWEI_CANCEL)),
    [UPS_COMMAND_SHUTDOWN_RETURN] = STEPS(RETURN),
    [UPS_COMMAND_SHUTDOWN_REBOOT] = STEPS(RETURN),
    [UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL] = STEPS(RETURN),
    /* Between off and on again there is only the restart left to be cancelled. */
    [UPS_COMMAND_SHUTDOWN_STOP] =
        STEPS(CHECK(MODE(MODES_ON | 1 << HUAWEI_MODE_BYPASS),
                    "the output is off already, and this might keep it off"),
              WRITE(1050, HUAWEI_ONE, BETWEEN(1047, 0, 0), SETTING_MS, 0),
              PROVE(BETWEEN(1049, 0, 0), SETTING_MS), SETTING(1044, HUAWEI_FORMER, HUAWEI_TAIL)),
    [UPS_COMMAND_BEEPER_ENABLE] = STEPS(SETTING(1046, HUAWEI_ZERO, 0)),
    [UPS_COMMAND_BEEPER_DISABLE] = STEPS(SETTING(1046, HUAWEI_ONE, 0)),
    [UPS_COMMAND_BEEPER_TOGGLE] = STEPS(CHECK(BETWEEN(1046, 0, 1), "the beeper's state is unknown"),
                                        SETTING(1046, HUAWEI_OPPOSITE, 0)),
    [UPS_COMMAND_TEST_BATTERY_START_QUICK] =
        STEPS(SMALL_MAY_TEST, WRITE(2028, HUAWEI_ONE, SET(1043, HUAWEI_BIT_TEST), TEST_MS, 0)),
    [UPS_COMMAND_TEST_BATTERY_START_DEEP] = STEPS(
        SMALL_MAY_TEST, DEEP, WRITE(2021, HUAWEI_ONE, SET(1043, HUAWEI_BIT_TEST), TEST_MS, 0)),
    [UPS_COMMAND_TEST_BATTERY_STOP] =
        STEPS(CHECK(SET(1043, HUAWEI_BIT_TEST), "no battery test runs"),
              WRITE(2023, HUAWEI_ONE, CLEAR(1043, HUAWEI_BIT_TEST), TEST_MS, 0)),
};

/*
 * 2019 = 0: both tests are possible; bit 15 set and 14 to 8 clear: only the shallow one.  2022 = 0:
 * there is one to stop.
 */
#define BOTH_POSSIBLE BETWEEN(2019, 0, 0)
#define SHALLOW_POSSIBLE                                                                           \
    {                                                                                              \
        2019, HUAWEI_ZERO_OR, 0xff00, 0x8000                                                       \
    }
#define NOT_POSSIBLE "the UPS says that this battery test is not possible"

static const struct huawei_step *const large[UPS_COMMAND_COUNT] = {
    [UPS_COMMAND_LOAD_ON] = STEPS(LOAD_ON),
    [UPS_COMMAND_LOAD_OFF] = STEPS(IS_OFF, LOAD_OFF(0)),
    [UPS_COMMAND_TEST_BATTERY_START_QUICK] =
        STEPS(MAY_TEST, CHECK(SHALLOW_POSSIBLE, NOT_POSSIBLE),
              WRITE(2020, HUAWEI_ONE, BETWEEN(2022, 0, 0), TEST_MS, 0)),
    [UPS_COMMAND_TEST_BATTERY_START_DEEP] =
        STEPS(MAY_TEST, CHECK(BOTH_POSSIBLE, NOT_POSSIBLE), DEEP,
              WRITE(2021, HUAWEI_ONE, BETWEEN(2022, 0, 0), TEST_MS, 0)),
    [UPS_COMMAND_TEST_BATTERY_STOP] = STEPS(CHECK(BETWEEN(2022, 0, 0), "no battery test runs"),
                                            WRITE(2023, HUAWEI_ONE, OTHER(2022, 0), TEST_MS, 0)),
};

const struct huawei_step *huawei_steps(enum huawei_profile profile, enum ups_command command)
{
    if (command >= UPS_COMMAND_COUNT)
        return NULL;
    return profile == HUAWEI_SMALL ? small[command] : large[command];
}

/* Those of the two registers that are variables; 1046 is 1 when the buzzer is off. */
const struct huawei_step *huawei_set_steps(enum ups_var var)
{
    static const struct huawei_step beeper[] = {SETTING(1046, HUAWEI_WANTED_NOT, 0),
                                                {.kind = HUAWEI_END}};
    static const struct huawei_step start_auto[] = {SETTING(1044, HUAWEI_WANTED, 0),
                                                    {.kind = HUAWEI_END}};

    switch (var) {
    case UPS_VAR_UPS_BEEPER_STATUS: return beeper;
    case UPS_VAR_UPS_START_AUTO: return start_auto;
    default: return NULL;
    }
}
