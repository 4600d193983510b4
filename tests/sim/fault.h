/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of the link and of the answering device that every protocol shares.  The Modbus-only ones
 * are in face_huawei.h; commands that take COUNT act that many times (default 1, -1 = until 0/off).
 *
 * The faults of a Huawei UPS2000 that a driver must survive, and the commands that make them:
 *
 *   1 CRC error in one reply            garble 1
 *   2 CRC error in every reply          garble -1, later garble 0
 *   3 reply cut after 3 bytes           truncate 3
 *   4 reply cut inside a wide block     truncate 40
 *   5 silence once                      drop 1
 *   6 silence for ever                  mute on (or lockup=yes and garbage; powercycle ends it)
 *   7 reply after 1.8 s                 delay 1800 1
 *   8 reply after 2.5 s                 late 2500
 *   9 exception 01 on function 10/2B    exception 1 2b -1; fc16=exception
 *  10 exception 02 on a wide block      exception 2 11000 -1; strict-gaps=yes; exception 2 wide -1
 *  11 exception 03 on a read            exception 3 03
 *  12 exception 04 on a write           exception 4 06
 *  13 exception 05, busy                exception 5 06 (or write while starting)
 *  14 register 12002 = A000             register 12002 0xA000 [COUNT]
 *  15 register 11024 = 4, 8, FFFF       register 11024 4 [COUNT]
 *  16 7FFF in one measurement           register 11000 0x7fff
 *  17 FFFFFFFF run time                 register 12004 0xffff and register 12005 0xffff
 *  18 garbage before or between frames  noise HEX (before the next reply); babble HEX (now)
 *  19 reply of slave 2 / function 04    wrongslave 2; wrongfunction 4
 *  20 more bytes than the byte count    overlong 2
 *  21 hang-up, later back               unplug (also while a reply is on the wire: trickle 100),
 * plug 22 another unit plugged in           unplug, identity esn TEXT, plug 23 identity variants
 * identity two-devices|no-devices|no-label4|no-label6| model TEXT|length-long|more|normal 24 write
 * done, echo lost             writes lostecho 25 write echoed, not done            writes ignore 26
 * echo with another value           writes othervalue 27 start fails                       fault
 * fail-start on 28 bypass start with 10/1 set        bypass off (or fault 10/1 on) 29 power race
 * mains off / mains on while `get timer-off` > 0 30 board dark after the shutdown     mains off,
 * shutdown; board_backup=yes forbids it 31 TCP: RST, half-open, wrong transaction, unit 0, MBAP
 * length 300, 1-byte segments rst; half-open; wrong-tid 1; unit-zero; mbap-length 300; split on 32
 * echo of the master's own bytes    echo on 33 bytes trickle with 400 ms gaps    trickle 400 34
 * clock step of the host            nothing to do here: the simulator's clock is monotonic
 */
#ifndef UPSSIM_FAULT_H
#define UPSSIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Something that happens `left` more times (-1 = for ever, 0 = not) with a value. */
struct shot {
    long left;
    long value;
};

/* Takes one; false when none is left. */
bool shot_take(struct shot *shot);

struct faults {
    struct shot garble;
    struct shot drop;
    struct shot delay;    /* ms instead of the turnaround */
    struct shot truncate; /* bytes that are sent */
    bool mute;
    long trickle_ms;   /* between bytes, 0 = off */
    long chunk;        /* bytes a write, 0 = all that are due */
    struct shot pause; /* before byte `value` of a reply */
    long pause_ms;
    uint8_t noise[256]; /* before the next reply */
    size_t noise_len;
    uint8_t tail[256]; /* after it */
    size_t tail_len;
    uint8_t reply[300];
    size_t reply_len;
    bool reply_set;
};

/* Handles one command: 1 done, 0 not one of these, -1 wrong arguments with the usage in `out`. */
int fault_command(struct faults *faults, int argc, char *const *argv, struct buf *out);

/* `NAME VALUE [COUNT]` or `NAME off` for one shot: true when understood. */
bool fault_shot(struct shot *shot, int argc, char *const *argv, long low, long high);

#endif
