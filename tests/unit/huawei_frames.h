/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Write requests to a Huawei UPS2000 byte for byte: function 06, slave 1, UPS number 1; start is
 * the one that G13 prints in chapter 3.
 */
#ifndef HUAWEI_FRAMES_H
#define HUAWEI_FRAMES_H

#define START       "01 06 2B 15 00 01 50 2A"
#define SHUT_DOWN   "01 06 2B 16 00 01 A0 2A"
#define AUTO_OFF    "01 06 2B 24 00 00 C0 25"
#define AUTO_ON     "01 06 2B 24 00 01 01 E5"
#define BYPASS_OFF  "01 06 2B 25 00 00 91 E5"
#define BYPASS_ON   "01 06 2B 25 00 01 50 25"
#define BUZZER_ON   "01 06 2B 26 00 00 61 E5"
#define BUZZER_OFF  "01 06 2B 26 00 01 A0 25"
#define RETURN_60   "01 06 2B 27 00 0A B0 22"
#define RESTART_60  "01 06 2B 28 00 01 C1 E6"
#define STAYOFF_60  "01 06 2B 29 00 0A D1 E1"
#define CANCEL      "01 06 2B 2A 00 01 60 26"
#define DEEP_TEST   "01 06 2E F5 00 01 51 10"
#define STOP_TEST   "01 06 2E F7 00 01 F0 D0"
#define SHORT_TEST  "01 06 2E FC 00 01 81 12"
#define RETURN_6    "01 06 2B 27 00 01 F1 E5"
#define RETURN_36   "01 06 2B 27 00 06 B0 27"
#define STAYOFF_30  "01 06 2B 29 00 05 91 E5"
#define RESTART_120 "01 06 2B 28 00 02 81 E7"

#endif
