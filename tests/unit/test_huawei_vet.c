/* SPDX-License-Identifier: BSD-2-Clause */
/* The USB bridge that cdc_acm takes and can't drive, in a sysfs tree made for the purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "huawei_ups2000.h"

static char root[64];

static const char *under(const char *path)
{
    static char text[4][256];
    static unsigned turn;

    turn = (turn + 1) % 4;
    snprintf(text[turn], sizeof text[turn], "%s/%s", root, path);
    return text[turn];
}

static void make_dir(const char *path)
{
    assert_int_equal(mkdir(under(path), 0700), 0);
}

static void make_file(const char *path, const char *content)
{
    FILE *f = fopen(under(path), "w");

    assert_non_null(f);
    fputs(content, f);
    assert_int_equal(fclose(f), 0);
}

/* A USB serial port: device 1-1 with interface 1-1:1.0, tty node and by-id name. */
static void make_port(const char *vendor, const char *product, const char *driver)
{
    static const char *const dirs[] = {"class",   "class/tty",   "class/tty/ttyACM0",
                                       "devices", "devices/1-1", "devices/1-1/1-1:1.0",
                                       "drivers", "dev"};
    char path[64];

    snprintf(root, sizeof root, "/tmp/huawei-vet-XXXXXX");
    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        make_dir(dirs[i]);
    snprintf(path, sizeof path, "drivers/%s", driver);
    make_dir(path);
    assert_int_equal(symlink(under("devices/1-1/1-1:1.0"), under("class/tty/ttyACM0/device")), 0);
    assert_int_equal(symlink(under(path), under("devices/1-1/1-1:1.0/driver")), 0);
    make_file("devices/1-1/idVendor", vendor);
    make_file("devices/1-1/idProduct", product);
    make_file("dev/ttyACM0", "");
    assert_int_equal(symlink("ttyACM0", under("dev/by-id")), 0);
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *ftw)
{
    (void)s;
    (void)type;
    (void)ftw;
    return remove(path);
}

static enum ups_error judge(const char *vendor, const char *product, const char *driver, char *why,
                            size_t size)
{
    make_port(vendor, product, driver);
    enum ups_error err = huawei_vet_tty(root, under("dev/by-id"), why, size);
    assert_int_equal(huawei_vet_tty(root, under("dev/ttyACM0"), why, size), err);
    assert_int_equal(huawei_vet_tty(root, "/dev/ttyACM0", why, size), err);
    assert_int_equal(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    return err;
}

static void test_trap(void **state)
{
    char why[200] = "";

    (void)state;
    assert_int_equal(judge("04e2\n", "1410\n", "cdc_acm", why, sizeof why), UPS_E_REFUSED);
    assert_non_null(strstr(why, "xr_serial"));
    assert_non_null(strstr(why, "Linux 5.12"));
    assert_non_null(strstr(why, "ttyACM0"));
}

static void test_others_are_fine(void **state)
{
    char why[200];

    (void)state;
    assert_int_equal(judge("04e2\n", "1410\n", "xr_serial", why, sizeof why), UPS_OK);
    assert_int_equal(judge("1a86\n", "5523\n", "cdc_acm", why, sizeof why), UPS_OK);
    assert_int_equal(judge("04e2\n", "1411\n", "cdc_acm", why, sizeof why), UPS_OK);
    assert_int_equal(huawei_vet_tty("/nonexistent", "/dev/ttyS0", why, sizeof why), UPS_OK);
    assert_int_equal(huawei_vet_tty("/sys", "/nonexistent", why, sizeof why), UPS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trap),
        cmocka_unit_test(test_others_are_fine),
    };

    return cmocka_run_group_tests_name("huawei vet", tests, NULL, NULL);
}
