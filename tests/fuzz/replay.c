/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target over its seeds without libFuzzer, as a test: every seed as it is, cut short at
 * every length up to 256, and with each of its first 256 bytes changed.  A finding is a crash or a
 * sanitizer's report, so a test case that returns has passed.
 *
 * usage: REPLAY_SEEDS=DIR fuzz_target
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEED_MAX 65536
#define EDIT_MAX 256

static size_t read_seed(const char *dir, const char *name, uint8_t *buf)
{
    char path[4096];
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "rb");
    if (!f)
        return 0;
    n = fread(buf, 1, SEED_MAX, f);
    fclose(f);
    return n;
}

/* Each input in memory of exactly its size, so that a read past its end is seen. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, data, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static unsigned long run_seed(uint8_t *buf, size_t size)
{
    static const uint8_t edits[] = {0x00, 0xff, 0x80, 0x7f};
    size_t limit = size < EDIT_MAX ? size : EDIT_MAX;
    unsigned long runs = 1;

    run(buf, size);
    for (size_t i = 0; i < limit; i++) {
        uint8_t kept = buf[i];
        run(buf, i);
        for (size_t e = 0; e < sizeof(edits); e++) {
            buf[i] = edits[e];
            run(buf, size);
        }
        buf[i] = kept;
        runs += 1 + sizeof(edits);
    }
    return runs;
}

int main(int argc, char **argv)
{
    const char *dir = getenv("REPLAY_SEEDS");
    uint8_t *buf = malloc(SEED_MAX);
    DIR *d = dir ? opendir(dir) : NULL;
    struct dirent *e;
    unsigned seeds = 0;

    (void)argc;
    if (!d || !buf) {
        printf("1..1\nnot ok 1 - %s: no seeds in '%s'\n", argv[0], dir ? dir : "");
        return 1;
    }
    while ((e = readdir(d))) {
        size_t size = e->d_name[0] == '.' ? 0 : read_seed(dir, e->d_name, buf);
        if (size == 0)
            continue;
        unsigned long runs = run_seed(buf, size);
        printf("ok %u - %s and %lu variants\n", ++seeds, e->d_name, runs - 1);
        fflush(stdout);
    }
    printf("1..%u\n", seeds);
    closedir(d);
    free(buf);
    return seeds > 0 ? 0 : 1;
}
