/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * snmpload: the load generator of the benchmark.  Reads a plan from standard input, runs it in
 * rounds over all targets in turn on one socket with one request outstanding, and prints one JSON
 * object a line.  docs/bench.md says why it measures in this way.
 *
 *   rounds N                                  how often everything is done (default 10)
 *   timeout MS                                for one answer (default 1000)
 *   target NAME PORT COMMUNITY ROOT PIDS      ROOT is walked once to find the target's objects; the
 * CPU time of PIDS (comma separated, or -) is read around each op op get N N GETs of one varbind,
 * going round the objects op getmany N VARBINDS                     N GETs of VARBINDS varbinds,
 * repeating objects if need be op next N                                 N walks by GETNEXT op bulk
 * N REPETITIONS                     N walks by GETBULK op fit N REPETITIONS the same, but the last
 * request asks only for what is left, so that nothing behind the subtree is computed
 */
#include "snmpload.h"
#include "snmp_client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TARGETS_MAX 16
#define OPS_MAX     16
#define PIDS_MAX    8
#define OBJECTS_MAX 4096

enum op_kind { OP_GET, OP_GETMANY, OP_NEXT, OP_BULK, OP_FIT };

static const char *const op_names[] = {"get", "getmany", "next", "bulk", "fit"};

struct op {
    enum op_kind kind;
    unsigned int times; /* in one round */
    unsigned int width; /* varbinds or repetitions */
};

/* Latencies of one target and op over all rounds, nanoseconds. */
struct samples {
    uint64_t *ns;
    size_t count;
    size_t room;
};

struct target {
    char name[32];
    char community[64];
    uint16_t port;
    struct snmp_oid root;
    pid_t pids[PIDS_MAX];
    unsigned int pid_count;
    struct snmp_oid *objects;
    unsigned int object_count;
    struct samples samples[OPS_MAX];
};

struct plan {
    struct snmp_client client;
    unsigned int rounds;
    unsigned int timeout_ms;
    struct target targets[TARGETS_MAX];
    unsigned int target_count;
    struct op ops[OPS_MAX];
    unsigned int op_count;
};

/* What one op of one target came to in one round. */
struct result {
    uint64_t wall_ns;
    uint64_t cpu_ns;
    unsigned int requests;
    unsigned int objects; /* objects of the target that were read */
    unsigned int failures;
};

static int compare_ns(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* The value below which `share` of the sorted samples lie, in microseconds. */
static double percentile_us(const uint64_t *sorted, size_t count, double share)
{
    size_t at;

    if (count == 0)
        return 0;
    at = (size_t)(share * (double)count);
    return (double)sorted[at < count ? at : count - 1] / 1000;
}

static void add_sample(struct samples *s, uint64_t ns)
{
    if (s->count == s->room) {
        size_t room = s->room == 0 ? 1024 : s->room * 2;
        uint64_t *bigger = realloc(s->ns, room * sizeof *bigger);

        if (bigger == NULL) {
            fprintf(stderr, "snmpload: out of memory\n");
            exit(1);
        }
        s->ns = bigger;
        s->room = room;
    }
    s->ns[s->count++] = ns;
}

/* Scheduler run time of all threads of one process, nanoseconds; 0 if it is gone. */
static uint64_t process_cpu_ns(pid_t pid)
{
    char path[64 + sizeof((struct dirent *)NULL)->d_name], text[128];
    uint64_t sum = 0;
    struct dirent *entry;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    dir = opendir(path);
    if (dir == NULL)
        return 0;
    while ((entry = readdir(dir)) != NULL) {
        ssize_t got;
        int fd;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%ld/task/%s/schedstat", (long)pid, entry->d_name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        got = read(fd, text, sizeof text - 1);
        close(fd);
        if (got > 0) {
            text[got] = '\0';
            sum += strtoull(text, NULL, 10);
        }
    }
    closedir(dir);
    return sum;
}

/* The kernel books a thread's time when it leaves the CPU: let the servers go to sleep first. */
static uint64_t target_cpu_ns(const struct target *t)
{
    uint64_t sum = 0;

    poll(NULL, 0, 1);
    for (unsigned int i = 0; i < t->pid_count; i++)
        sum += process_cpu_ns(t->pids[i]);
    return sum;
}

/* One request to a target; latencies go to the samples.  Returns 0 or -1 (counted as a failure). */
static int ask(struct plan *p, struct target *t, unsigned int op, struct snmp_request *req,
               struct result *r)
{
    uint64_t ns = 0;

    req->port = t->port;
    req->community = t->community;
    r->requests++;
    if (snmp_client_ask(&p->client, req, &ns) < 0 || p->client.error_status != 0 ||
        p->client.vb_count == 0) {
        r->failures++;
        return -1;
    }
    add_sample(&t->samples[op], ns);
    return 0;
}

static void run_gets(struct plan *p, struct target *t, unsigned int op, struct result *r)
{
    const struct op *o = &p->ops[op];
    unsigned int width = o->kind == OP_GET ? 1 : o->width, at = 0;
    struct snmp_oid names[SNMP_VARBINDS_MAX];

    for (unsigned int i = 0; i < o->times; i++) {
        struct snmp_request req = {.pdu = SNMP_GET, .names = names, .count = width};

        for (unsigned int k = 0; k < width; k++)
            names[k] = t->objects[at++ % t->object_count];
        if (ask(p, t, op, &req, r) < 0)
            continue;
        r->objects += width;
        for (unsigned int k = 0; k < p->client.vb_count; k++)
            if (p->client.vb[k].tag >= SNMP_NO_OBJECT) {
                r->failures++;
                break;
            }
    }
}

/* One walk of the target's subtree; returns the objects seen. */
static unsigned int walk(struct plan *p, struct target *t, unsigned int op, struct result *r)
{
    const struct op *o = &p->ops[op];
    struct snmp_oid at = t->root;
    unsigned int seen = 0;

    for (;;) {
        struct snmp_request req = {.pdu = o->kind == OP_NEXT ? SNMP_GETNEXT : SNMP_GETBULK,
                                   .max_repetitions = (int)o->width,
                                   .names = &at,
                                   .count = 1};

        if (o->kind == OP_FIT) {
            unsigned int left = t->object_count > seen ? t->object_count - seen : 0;

            if (left == 0)
                return seen;
            if (left < o->width)
                req.max_repetitions = (int)left;
        }
        if (ask(p, t, op, &req, r) < 0)
            return seen;
        for (unsigned int k = 0; k < p->client.vb_count; k++) {
            const struct snmp_varbind *vb = &p->client.vb[k];

            if (vb->tag == SNMP_END_OF_VIEW || !snmp_oid_under(&vb->name, &t->root))
                return seen;
            if (snmp_oid_compare(&vb->name, &at) <= 0 || seen == OBJECTS_MAX) {
                r->failures++;
                return seen;
            }
            at = vb->name;
            seen++;
        }
    }
}

static void run_op(struct plan *p, struct target *t, unsigned int op, struct result *r)
{
    const struct op *o = &p->ops[op];
    uint64_t cpu = target_cpu_ns(t), start = snmp_now();

    if (o->kind == OP_GET || o->kind == OP_GETMANY)
        run_gets(p, t, op, r);
    else
        for (unsigned int i = 0; i < o->times; i++)
            r->objects += walk(p, t, op, r);
    r->wall_ns = snmp_now() - start;
    r->cpu_ns = target_cpu_ns(t) - cpu;
}

static void print_line(const struct plan *p, const struct target *t, unsigned int op, int round,
                       size_t first, const struct result *r)
{
    const struct samples *s = &t->samples[op];
    size_t count = s->count - first;
    uint64_t *sorted = malloc((count + 1) * sizeof *sorted);

    if (sorted == NULL) {
        fprintf(stderr, "snmpload: out of memory\n");
        exit(1);
    }
    if (count > 0)
        memcpy(sorted, s->ns + first, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_ns);
    printf("{\"target\": \"%s\", \"op\": \"%s\", \"width\": %u, \"round\": %d, \"requests\": %u, "
           "\"objects\": %u, \"failures\": %u, \"wall_us\": %.1f, \"cpu_us\": %.1f, "
           "\"p50\": %.2f, \"p99\": %.2f, \"p999\": %.2f, \"max\": %.2f}\n",
           t->name, op_names[p->ops[op].kind], p->ops[op].width, round, r->requests, r->objects,
           r->failures, (double)r->wall_ns / 1000, (double)r->cpu_ns / 1000,
           percentile_us(sorted, count, 0.5), percentile_us(sorted, count, 0.99),
           percentile_us(sorted, count, 0.999), percentile_us(sorted, count, 1));
    free(sorted);
}

/* Each round runs every op on all targets one after the other, beginning with another one each
 * time. */
static void run_rounds(struct plan *p)
{
    static const struct result nothing;
    struct result sums[TARGETS_MAX][OPS_MAX] = {0};

    for (unsigned int round = 0; round < p->rounds; round++)
        for (unsigned int op = 0; op < p->op_count; op++)
            for (unsigned int k = 0; k < p->target_count; k++) {
                unsigned int which = (k + round) % p->target_count;
                struct target *t = &p->targets[which];
                struct result r = nothing, *sum = &sums[which][op];
                size_t first = t->samples[op].count;

                run_op(p, t, op, &r);
                print_line(p, t, op, (int)round, first, &r);
                sum->wall_ns += r.wall_ns;
                sum->cpu_ns += r.cpu_ns;
                sum->requests += r.requests;
                sum->objects += r.objects;
                sum->failures += r.failures;
            }
    for (unsigned int k = 0; k < p->target_count; k++)
        for (unsigned int op = 0; op < p->op_count; op++)
            print_line(p, &p->targets[k], op, -1, 0, &sums[k][op]);
}

/* Finds the objects of every target.  Returns 0, or -1 with a message. */
static int discover(struct plan *p)
{
    for (unsigned int k = 0; k < p->target_count; k++) {
        struct target *t = &p->targets[k];
        struct snmp_oid at = t->root;

        t->objects = calloc(OBJECTS_MAX, sizeof *t->objects);
        if (t->objects == NULL)
            return -1;
        while (t->object_count < OBJECTS_MAX) {
            struct snmp_request req = {.port = t->port,
                                       .community = t->community,
                                       .pdu = SNMP_GETNEXT,
                                       .names = &at,
                                       .count = 1};
            uint64_t ns;

            if (snmp_client_ask(&p->client, &req, &ns) < 0) {
                fprintf(stderr, "snmpload: target %s does not answer: %s\n", t->name,
                        strerror(errno));
                return -1;
            }
            if (p->client.vb_count != 1 || p->client.vb[0].tag == SNMP_END_OF_VIEW ||
                !snmp_oid_under(&p->client.vb[0].name, &t->root) ||
                snmp_oid_compare(&p->client.vb[0].name, &at) <= 0)
                break;
            at = t->objects[t->object_count++] = p->client.vb[0].name;
        }
        if (t->object_count == 0) {
            fprintf(stderr, "snmpload: target %s has no objects under its root\n", t->name);
            return -1;
        }
        printf("{\"target\": \"%s\", \"found\": %u}\n", t->name, t->object_count);
    }
    return 0;
}

static int parse_target(struct plan *p, char *words[], int count)
{
    struct target *t = &p->targets[p->target_count];
    char *save = NULL;
    unsigned long port;

    if (count != 6 || p->target_count == TARGETS_MAX)
        return -1;
    port = strtoul(words[2], NULL, 10);
    if (port < 1 || port > 65535 || strlen(words[1]) >= sizeof t->name ||
        strlen(words[3]) >= sizeof t->community || snmp_oid_parse(&t->root, words[4]) < 0)
        return -1;
    snprintf(t->name, sizeof t->name, "%s", words[1]);
    snprintf(t->community, sizeof t->community, "%s", words[3]);
    t->port = (uint16_t)port;
    for (char *pid = strtok_r(words[5], ",", &save); pid != NULL;
         pid = strtok_r(NULL, ",", &save)) {
        long n = strtol(pid, NULL, 10);

        if (n > 0 && t->pid_count < PIDS_MAX)
            t->pids[t->pid_count++] = (pid_t)n;
    }
    p->target_count++;
    return 0;
}

static int parse_op(struct plan *p, char *words[], int count)
{
    struct op *o = &p->ops[p->op_count];

    if (count < 3 || p->op_count == OPS_MAX)
        return -1;
    o->times = (unsigned int)strtoul(words[2], NULL, 10);
    o->width = count > 3 ? (unsigned int)strtoul(words[3], NULL, 10) : 1;
    if (o->times == 0 || o->width == 0 || o->width > SNMP_VARBINDS_MAX)
        return -1;
    for (unsigned int kind = 0; kind < sizeof op_names / sizeof op_names[0]; kind++)
        if (strcmp(words[1], op_names[kind]) == 0) {
            o->kind = (enum op_kind)kind;
            p->op_count++;
            return 0;
        }
    return -1;
}

static int parse_line(struct plan *p, char *line)
{
    char *words[8], *save = NULL;
    int count = 0;

    for (char *w = strtok_r(line, " \t\n", &save); w != NULL && count < 8;
         w = strtok_r(NULL, " \t\n", &save))
        words[count++] = w;
    if (count == 0 || words[0][0] == '#')
        return 0;
    if (strcmp(words[0], "target") == 0)
        return parse_target(p, words, count);
    if (strcmp(words[0], "op") == 0)
        return parse_op(p, words, count);
    if (count == 2 && strcmp(words[0], "rounds") == 0)
        p->rounds = (unsigned int)strtoul(words[1], NULL, 10);
    else if (count == 2 && strcmp(words[0], "timeout") == 0)
        p->timeout_ms = (unsigned int)strtoul(words[1], NULL, 10);
    else
        return -1;
    return 0;
}

static int run_plan(void)
{
    struct plan *p = calloc(1, sizeof *p);
    char line[1024];
    int number = 0, rc;

    if (p == NULL)
        return 1;
    p->rounds = 10;
    p->timeout_ms = 1000;
    while (fgets(line, sizeof line, stdin) != NULL) {
        number++;
        if (parse_line(p, line) < 0) {
            fprintf(stderr, "snmpload: line %d of the plan is wrong\n", number);
            free(p);
            return 2;
        }
    }
    if (snmp_client_open(&p->client, p->timeout_ms) < 0) {
        fprintf(stderr, "snmpload: socket: %s\n", strerror(errno));
        free(p);
        return 1;
    }
    rc = discover(p);
    if (rc == 0)
        run_rounds(p);
    for (unsigned int k = 0; k < p->target_count; k++) {
        free(p->targets[k].objects);
        for (unsigned int op = 0; op < p->op_count; op++)
            free(p->targets[k].samples[op].ns);
    }
    snmp_client_close(&p->client);
    free(p);
    return rc < 0;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 2 && strcmp(argv[1], "plan") == 0)
        return run_plan();
    if (argc == 7 && strcmp(argv[1], "watch") == 0)
        return snmpload_watch(argv + 2);
    if (argc == 5 && strcmp(argv[1], "dump") == 0)
        return snmpload_dump(argv + 2);
    fprintf(stderr, "usage: snmpload plan < PLAN\n"
                    "       snmpload watch PORT COMMUNITY OID PERIOD_MS TIMEOUT_MS\n"
                    "       snmpload dump PORT COMMUNITY ROOT\n");
    return 2;
}
