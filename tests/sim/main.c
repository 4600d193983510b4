/* SPDX-License-Identifier: BSD-2-Clause */
/* upssim, a simulator of UPSes for tests and benchmarks: the command line. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "command.h"
#include "face.h"
#include "sim.h"

struct options {
    const char *pty;
    const char *tcp;
    const char *control;
    long count;
    bool fast;
};

static void help(void)
{
    printf("upssim --protocol NAME (--pty PATH | --tcp ADDR:PORT) [options] [key=value ...]\n"
           "  --pty PATH        symbolic link to be made to a pty\n"
           "  --tcp ADDR:PORT   listen there; port 0 takes a free one\n"
           "  --count N         N independent buses: PATH.0, PATH.1 ... or PORT, PORT+1 ...\n"
           "  --control SOCKET  Unix stream socket for commands\n"
           "  --speed N         the UPS's clock runs N times faster (not the line)\n"
           "  --paced           send at the line's real speed, byte by byte\n"
           "  --fast            answer at once (turnaround 0)\n"
           "Prints `ready PATH...` when it serves; ends on SIGTERM, SIGINT or with its parent.\n"
           "Keys of every protocol:\n"
           "    turnaround=MS jitter=MS baud=N seed=N\n");
    for (int i = 0; face_table[i]; i++) {
        printf(i && face_table[i]->help == face_table[i - 1]->help ? ", %s" : "Keys of %s",
               face_table[i]->name);
        /* dialects of one family share their keys */
        if (!face_table[i + 1] || face_table[i + 1]->help != face_table[i]->help)
            printf(":\n%s", face_table[i]->help);
    }
    printf("Commands of the control socket (N times, default 1, -1 for ever):\n%s", command_help);
}

__attribute__((format(printf, 1, 2))) static int fail(const char *format, ...)
{
    va_list ap;

    fprintf(stderr, "upssim: ");
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fprintf(stderr, "\n");
    return 2;
}

static int parse_options(int argc, char **argv, struct sim *sim, struct options *o)
{
    static const struct option known[] = {
        {"protocol", required_argument, NULL, 'P'}, {"pty", required_argument, NULL, 'p'},
        {"tcp", required_argument, NULL, 't'},      {"control", required_argument, NULL, 'c'},
        {"speed", required_argument, NULL, 's'},    {"count", required_argument, NULL, 'n'},
        {"paced", no_argument, NULL, 'b'},          {"fast", no_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        switch (c) {
        case 'P':
            sim->face = face_find(optarg);
            if (!sim->face)
                return fail("unknown protocol %s (see --help)", optarg);
            break;
        case 'p': o->pty = optarg; break;
        case 't': o->tcp = optarg; break;
        case 'c': o->control = optarg; break;
        case 's':
            if (!parse_double(optarg, 0.0, 1e6, &sim->speed))
                return fail("--speed %s: expected a number 0 to 1000000", optarg);
            break;
        case 'n':
            if (!parse_long(optarg, 1, 1024, &o->count))
                return fail("--count %s: expected 1 to 1024", optarg);
            break;
        case 'b': sim->paced = true; break;
        case 'f': o->fast = true; break;
        case 'h': help(); exit(0);
        default: return 2;
        }
    }
    if (!sim->face)
        return fail("%s is needed (see --help)", "--protocol");
    if (!o->pty == !o->tcp)
        return fail("%s is needed (see --help)", "one of --pty and --tcp");
    return 0;
}

/* Keys of every protocol; FACE_UNKNOWN for the others. */
static enum face_answer common_key(struct sim *sim, const char *key, const char *value,
                                   struct buf *why)
{
    const struct {
        const char *key;
        long *to;
        long low, high;
    } numbers[] = {{"turnaround", &sim->turnaround_ms, 0, 60000},
                   {"jitter", &sim->jitter_ms, 0, 60000},
                   {"baud", &sim->baud, 300, 1000000}};
    long seed;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(key, numbers[i].key) != 0)
            continue;
        if (parse_long(value, numbers[i].low, numbers[i].high, numbers[i].to))
            return FACE_OK;
        buf_printf(why, "%s=%s: expected %ld to %ld", key, value, numbers[i].low, numbers[i].high);
        return FACE_BAD;
    }
    if (strcmp(key, "seed") != 0)
        return FACE_UNKNOWN;
    if (!parse_long(value, 1, 0x7FFFFFFF, &seed)) {
        buf_printf(why, "seed=%s: expected 1 to 2147483647", value);
        return FACE_BAD;
    }
    sim->random = (uint32_t)seed;
    return FACE_OK;
}

static bool apply_key(struct sim *sim, const char *word, struct buf *why)
{
    char *key = buf_strdup(word);
    char *equal = strchr(key, '=');
    enum face_answer answer = FACE_UNKNOWN;

    if (equal) {
        *equal = '\0';
        answer = common_key(sim, key, equal + 1, why);
        for (int b = 0; b < sim->bus_count && answer != FACE_BAD; b++)
            for (int u = 0; u < sim->buses[b].unit_count && answer != FACE_BAD; u++) {
                enum face_answer mine =
                    sim->face->option(&sim->buses[b].units[u], key, equal + 1, why);

                answer = mine == FACE_UNKNOWN ? answer : mine;
            }
    }
    if (answer == FACE_UNKNOWN)
        buf_printf(why, "unknown key: %s (see --help)", word);
    free(key);
    return answer == FACE_OK;
}

static bool make_address(struct bus *bus, const struct options *o, int index, struct buf *why)
{
    struct buf path = {0};
    const char *colon;
    long port;

    bus->listen_fd = bus->watch_fd = -1;
    if (o->pty) {
        buf_printf(&path, "%s", o->pty);
        if (o->count > 0)
            buf_printf(&path, ".%d", index);
        bus->path = path.data;
        return true;
    }
    colon = strrchr(o->tcp, ':');
    if (!colon || !parse_long(colon + 1, 0, 65535, &port)) {
        buf_printf(why, "--tcp %s: expected ADDR:PORT", o->tcp);
        return false;
    }
    bus->host = buf_strdup(o->tcp);
    bus->host[colon - o->tcp] = '\0';
    bus->port = port ? (int)port + index : 0;
    return true;
}

static bool build(struct sim *sim, const struct options *o, char *const *keys, int key_count,
                  struct buf *why)
{
    struct model_config cfg;
    int addresses[32];
    int units = sim->face->addresses(keys, key_count, addresses, why);

    if (!units)
        return false;
    model_config_default(&cfg);
    sim->bus_count = o->count > 0 ? (int)o->count : 1;
    sim->buses = buf_alloc((size_t)sim->bus_count * sizeof *sim->buses);
    for (int b = 0; b < sim->bus_count; b++) {
        struct bus *bus = &sim->buses[b];

        bus->sim = sim;
        bus->face = sim->face;
        bus->units = buf_alloc((size_t)units * sizeof *bus->units);
        bus->unit_count = units;
        for (int u = 0; u < units; u++) {
            struct unit *unit = &bus->units[u];

            unit->bus = bus;
            unit->address = addresses[u];
            unit->updated = sim->now;
            model_init(&unit->model, &cfg);
            sim->face->create(unit);
        }
        if (!make_address(bus, o, b, why))
            return false;
    }
    return true;
}

static bool configure(struct sim *sim, const struct options *o, char *const *keys, int key_count,
                      struct buf *why)
{
    sim->baud = sim->face->baud;
    sim->jitter_ms = -1;
    if (!build(sim, o, keys, key_count, why))
        return false;
    for (int i = 0; i < key_count; i++)
        if (!apply_key(sim, keys[i], why))
            return false;
    if (o->fast)
        sim->turnaround_ms = sim->jitter_ms = 0;
    if (sim->jitter_ms < 0)
        sim->jitter_ms = sim->turnaround_ms < 20 ? sim->turnaround_ms / 2 : 10;
    for (int b = 0; b < sim->bus_count; b++)
        for (int u = 0; u < sim->buses[b].unit_count; u++)
            if (!sim->face->ready(&sim->buses[b].units[u], why))
                return false;
    return true;
}

static bool serve(struct sim *sim, const struct options *o, struct buf *why)
{
    for (int b = 0; b < sim->bus_count; b++)
        if (!io_plug(&sim->buses[b], why))
            return false;
    if (o->control && !control_open(sim, o->control, why))
        return false;
    printf("ready");
    for (int b = 0; b < sim->bus_count; b++) {
        if (o->pty)
            printf(" %s", sim->buses[b].path);
        else
            printf(" %s:%d", sim->buses[b].host, sim->buses[b].port);
    }
    printf("\n");
    fflush(stdout);
    io_run(sim);
    return true;
}

static void release(struct sim *sim)
{
    for (int b = 0; b < sim->bus_count; b++) {
        struct bus *bus = &sim->buses[b];

        for (int u = 0; u < bus->unit_count; u++)
            if (bus->units[u].face_data)
                sim->face->destroy(&bus->units[u]);
        free(bus->units);
        free(bus->path);
        free(bus->host);
        buf_free(&bus->log);
    }
    free(sim->buses);
}

int main(int argc, char **argv)
{
    struct sim sim = {.speed = 1.0, .turnaround_ms = 20, .random = 2463534242U};
    struct options o = {0};
    struct buf why = {0};
    pid_t parent = getppid();
    int status = parse_options(argc, argv, &sim, &o);

    if (status)
        return status;
    /* nobody may outlive a killed test runner */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
        return 1;
    sim.now = io_now();
    if (!configure(&sim, &o, argv + optind, argc - optind, &why)) {
        status = fail("%s", why.data);
    } else if (!io_open(&sim)) {
        status = 1;
        perror("upssim");
    } else {
        if (!serve(&sim, &o, &why)) {
            fail("%s", why.data);
            status = 1;
        }
        control_close(&sim);
        io_close(&sim);
    }
    buf_free(&why);
    release(&sim);
    return status;
}
