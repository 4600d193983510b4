/* SPDX-License-Identifier: BSD-2-Clause */
/* DateAndTime (SNMPv2-TC) of a moment, in UTC: the same wherever the agent and the reader are. */
#include "mib_values.h"

/* Days since 1970-01-01 as a date of the Gregorian calendar, counted in years that begin in March
 * so that the leap day comes last. */
static void date_of(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t z = days + 719468; /* since 0000-03-01 */
    int64_t era = z / 146097, day_of_era = z % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * from_march + 2) / 5) + 1;
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

size_t mib_date_and_time(int64_t wall_ms, char *out)
{
    const int64_t day_ms = 86400000, last_ms = INT64_C(253402300799999); /* the end of 9999 */
    int64_t year, rest;
    int month, day;

    if (wall_ms < 0)
        wall_ms = 0;
    if (wall_ms > last_ms)
        wall_ms = last_ms;
    date_of(wall_ms / day_ms, &year, &month, &day);
    rest = wall_ms % day_ms;
    out[0] = (char)(year / 256);
    out[1] = (char)(year % 256);
    out[2] = (char)month;
    out[3] = (char)day;
    out[4] = (char)(rest / 3600000);
    out[5] = (char)(rest / 60000 % 60);
    out[6] = (char)(rest / 1000 % 60);
    out[7] = (char)(rest / 100 % 10);
    out[8] = '+';
    out[9] = out[10] = 0;
    return MIB_DATE_LEN;
}
